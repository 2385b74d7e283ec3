import { HiddenNodeError } from '../errors.ts';
import { Atom } from './atom.ts';
import { BitString } from './bitstring.ts';
import { Charlist } from './charlist.ts';
import { ExportTerm } from './export.ts';
import { Float } from './float.ts';
import { formatFloat } from './format-float.ts';
import { formatAtom, formatNameInExport, formatNameInFun, isPrintable, quote } from './format-text.ts';
import { FunctionTerm } from './fun.ts';
import { ImproperList } from './list.ts';
import { Pid } from './pid.ts';
import { isPlainObject } from './plain-object.ts';
import { Port } from './port.ts';
import { Reference } from './reference.ts';
import { isStackOverflow } from './stack-overflow.ts';
import { lendBehaviour } from './term-object.ts';
import { Tuple } from './tuple.ts';

/**
 * A term as Erlang prints it on one line: `io:format("~0p", [Term])` of OTP 25, with Latin-1 as the range of printable characters.
 * Pids, ports and references are printed as on the node that owns them.
 *
 * @param term - anything that can be encoded
 * @throws HiddenNodeError `not_a_term` for anything else, `term_too_deep` for what is cyclic or nested too deeply for the stack
 * @example format(tuple(atom('ok'), [1, 2])) // {ok,[1,2]}
 */
export function format(term: unknown): string {
  try {
    return print(term);
  } catch (error) {
    if (!isStackOverflow(error)) throw error;
    throw new HiddenNodeError('term_too_deep', 'the term to print is nested too deeply');
  }
}

lendBehaviour({ format });

function print(value: unknown): string {
  switch (typeof value) {
    case 'number':
      return printNumber(value);
    case 'bigint':
    case 'boolean':
    case 'undefined':
      return String(value);
    case 'string':
      return printBinary(Buffer.from(value, 'utf8'));
    case 'object':
      return value === null ? 'nil' : printObject(value);
    default:
      throw notATerm(`a ${typeof value}`);
  }
}

function notATerm(kind: string): HiddenNodeError {
  return new HiddenNodeError('not_a_term', `${kind} has no Erlang term`, { kind });
}

function printNumber(value: number): string {
  if (Number.isSafeInteger(value)) return value === 0 ? '0' : String(value);
  if (!Number.isFinite(value)) throw notATerm(String(value));
  return formatFloat(value);
}

function printObject(value: object): string {
  if (value instanceof Atom) return formatAtom(value.name);
  if (value instanceof Tuple) return `{${printAll(value.elements)}}`;
  if (Array.isArray(value)) return printList(value);
  if (value instanceof Uint8Array) return printBinary(value);
  if (value instanceof Map) return printEntries(value);
  if (value instanceof Pid) return `<0.${value.id}.${value.serial}>`;
  if (value instanceof Reference) return `#Ref<0.${value.words.toReversed().join('.')}>`;
  if (value instanceof Float) return formatFloat(value.value);
  if (value instanceof Charlist) return printList(value.toArray());
  if (value instanceof ImproperList) return `[${printAll(value.elements)}|${print(value.tail)}]`;
  return printRare(value);
}

function printRare(value: object): string {
  if (value instanceof BitString) return printBitString(value);
  if (value instanceof Port) return `#Port<0.${value.id}>`;
  if (value instanceof FunctionTerm) {
    return `#Fun<${formatNameInFun(value.module.name)}.${value.oldIndex}.${value.oldUniq}>`;
  }
  if (value instanceof ExportTerm) {
    return `fun ${formatNameInExport(value.module.name)}:${formatNameInExport(value.function.name)}/${value.arity}`;
  }
  if (isPlainObject(value)) return printProperties(value as Record<string, unknown>);
  throw notATerm(`an instance of ${value.constructor?.name ?? 'an unnamed class'}`);
}

function printAll(elements: readonly unknown[]): string {
  let out = '';
  for (let i = 0; i < elements.length; i++) out += i === 0 ? print(elements[i]) : `,${print(elements[i])}`;
  return out;
}

function printList(list: readonly unknown[]): string {
  if (list.length > 0 && list.every(isPrintable)) return quote(textOf(list as readonly (number | bigint)[]), '"');
  return `[${printAll(list)}]`;
}

function textOf(codes: Iterable<number | bigint>): string {
  return Buffer.from(Array.from(codes, Number)).toString('latin1');
}

function printBinary(bytes: Uint8Array): string {
  if (bytes.length > 0 && bytes.every(isPrintable)) return `<<${quote(textOf(bytes), '"')}>>`;
  return `<<${bytes.join(',')}>>`;
}

function printBitString(value: BitString): string {
  const last = value.bytes.length - 1;
  const whole = value.bytes.subarray(0, last);
  const rest = `${value.bytes[last] >> (8 - value.bits)}:${value.bits}`;
  return whole.length === 0 ? `<<${rest}>>` : `<<${whole.join(',')},${rest}>>`;
}

function printEntries(entries: Iterable<readonly [unknown, unknown]>): string {
  const pairs: string[] = [];
  for (const [key, value] of entries) pairs.push(`${print(key)} => ${print(value)}`);
  return `#{${pairs.join(',')}}`;
}

function printProperties(object: Record<string, unknown>): string {
  const pairs = Object.entries(object).map(([name, value]) => `${formatAtom(name)} => ${print(value)}`);
  return `#{${pairs.join(',')}}`;
}
