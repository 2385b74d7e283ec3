/**
 * The functions of this process that other nodes may call: a list that is empty until something is put on it.
 */
import { HiddenNodeError } from '../errors.ts';
import { type Atom, atom } from '../term/atom.ts';
import type { Pid } from '../term/pid.ts';
import type { EncodableTerm, Term } from '../term/term.ts';

/** What an exposed function that is no arrow function finds in `this`. */
export interface ServedCall {
  /** The process that called, or that asked for a process to run the function. Undefined for a cast that does not say. */
  readonly caller: Pid | undefined;
}

/** What an exposed function returns: a term or a promise of one; nothing stands for the atom `undefined`. */
// biome-ignore lint/suspicious/noConfusingVoidType: a function without a return statement is one of them
type Returned = EncodableTerm | void | Promise<EncodableTerm | void>;

/** A method, so that a function may say which terms it takes: `(a: number, b: number) => a + b`. */
interface AnyFunction {
  run(this: ServedCall, ...args: Term[]): Returned;
}

/** A function that other nodes may call. Its arguments are terms as they are decoded; what it throws reaches the caller. */
export type ExposedFunction = AnyFunction['run'];

/**
 * Functions by name. A name like `add` stands for calls with any number of arguments, `add/2` for calls with two, which comes first
 * when both are there.
 */
export interface ExposedFunctions {
  readonly [name: string]: ExposedFunction;
}

/** What {@link HiddenNode.expose} has put on the list. */
export interface Exposure extends Disposable {
  /** The name of the module. */
  readonly module: string;
  /** Takes the functions off the list. Calls that are under way end as they would have. May be called more than once. */
  unexpose(): void;
}

interface Name {
  readonly name: Atom;
  /** Undefined: any. */
  readonly arity: number | undefined;
}

/** `add` or `add/2`. */
const WITH_ARITY = /^(.+)\/(0|[1-9]\d{0,2})$/s;
const MOST_ARGUMENTS = 255;

function parseName(text: string): Name {
  const [, name, digits] = WITH_ARITY.exec(text) ?? [];
  if (name === undefined) return { name: atom(text), arity: undefined };
  const arity = Number(digits);
  if (arity <= MOST_ARGUMENTS) return { name: atom(name), arity };
  throw new HiddenNodeError('invalid_argument', `no function takes ${arity} arguments`, { function: text });
}

/** Only what the object itself holds: nothing that every object inherits, such as `constructor`, can be called. */
function functionsOf(functions: ExposedFunctions): [Name, ExposedFunction][] {
  if (typeof functions !== 'object' || functions === null) {
    throw new HiddenNodeError('invalid_argument', 'what is exposed is an object of functions', {
      kind: typeof functions,
    });
  }
  const found = Object.entries(functions).filter(([, run]) => typeof run === 'function');
  if (found.length === 0)
    throw new HiddenNodeError('invalid_argument', 'the object to expose has no function of its own');
  return found.map(([text, run]) => [parseName(text), run]);
}

/** The functions of one name, by arity. */
type Arities = Map<number | undefined, ExposedFunction>;

/** The map in a map, which is made when it is not there. */
function within<K, L, V>(map: Map<K, Map<L, V>>, key: K): Map<L, V> {
  const found = map.get(key) ?? new Map<L, V>();
  map.set(key, found);
  return found;
}

export class Exposed {
  readonly #modules = new Map<Atom, Map<Atom, Arities>>();

  /** The function for a call, if there is one. */
  find(module: Atom, name: Atom, arity: number): ExposedFunction | undefined {
    const arities = this.#modules.get(module)?.get(name);
    return arities?.get(arity) ?? arities?.get(undefined);
  }

  /** @throws `already_exposed`, and then nothing is added; `invalid_argument` */
  add(moduleName: string, functions: ExposedFunctions): Exposure {
    const module = atom(moduleName);
    const added = functionsOf(functions);
    for (const [{ name, arity }] of added) {
      if (this.#modules.get(module)?.get(name)?.has(arity)) throw alreadyExposed(module, name, arity);
    }
    for (const [{ name, arity }, run] of added) within(within(this.#modules, module), name).set(arity, run);
    let exposed = true;
    const unexpose = (): void => {
      if (exposed) for (const [name] of added) this.#remove(module, name);
      exposed = false;
    };
    return { module: moduleName, unexpose, [Symbol.dispose]: unexpose };
  }

  #remove(module: Atom, { name, arity }: Name): void {
    const names = this.#modules.get(module);
    const arities = names?.get(name);
    arities?.delete(arity);
    if (arities?.size === 0) names?.delete(name);
    if (names?.size === 0) this.#modules.delete(module);
  }
}

function alreadyExposed(module: Atom, name: Atom, arity: number | undefined): HiddenNodeError {
  const text = arity === undefined ? name.name : `${name.name}/${arity}`;
  return new HiddenNodeError('already_exposed', `${module.name}:${text} is exposed already`, {
    module: module.name,
    function: name.name,
    arity,
  });
}
