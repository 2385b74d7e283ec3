/** How Erlang prints text: what it quotes, escapes and takes for a string. */

const RESERVED = new Set(
  (
    'after and andalso band begin bnot bor bsl bsr bxor case catch cond div end fun if let ' +
    'not of or orelse receive rem try when xor'
  ).split(' '),
);

const LOWER = 'a-z\u00df-\u00f6\u00f8-\u00ff';
const LETTERS = `A-Z\u00c0-\u00d6\u00d8-\u00de${LOWER}`;
const PLAIN_ATOM = new RegExp(`^[${LOWER}][${LETTERS}0-9_@]*$`);
const PLAIN_NAME_IN_EXPORT = new RegExp(`^[${LOWER}][${LETTERS}0-9_]*$`);

const ESCAPES: Readonly<Record<number, string>> = {
  8: '\\b',
  9: '\\t',
  10: '\\n',
  11: '\\v',
  12: '\\f',
  13: '\\r',
  27: '\\e',
  92: '\\\\',
  127: '\\d',
};

/** An atom, quoted when it has to be, with characters above 255 escaped. */
export function formatAtom(name: string): string {
  return PLAIN_ATOM.test(name) && !RESERVED.has(name) ? name : quote(name, "'");
}

/** Text in quotes with everything escaped that is not printable Latin-1. */
export function quote(text: string, mark: "'" | '"'): string {
  let out: string = mark;
  for (const character of text) out += character === mark ? `\\${mark}` : escapeCharacter(character);
  return out + mark;
}

function escapeCharacter(character: string): string {
  const code = character.codePointAt(0)!;
  if (code > 0xff) return `\\x{${code.toString(16).toUpperCase()}}`;
  const named = ESCAPES[code];
  if (named !== undefined) return named;
  return isControl(code) ? octal(code) : character;
}

function isControl(code: number): boolean {
  return code < 0x20 || (code >= 0x7f && code < 0xa0);
}

function octal(code: number): string {
  return `\\${code.toString(8).padStart(3, '0')}`;
}

/**
 * The name of a module in the text of a local fun. The Erlang runtime puts out the bytes of its UTF-8 as they are, and the shell
 * takes each for a character: there are no quotes, and `ö` becomes `Ã¶`.
 */
export function formatNameInFun(name: string): string {
  return Buffer.from(name, 'utf8').toString('latin1');
}

/** A name in the text of an exported function: the same, but quoted and escaped by rules that are the runtime's own. */
export function formatNameInExport(name: string): string {
  if (PLAIN_NAME_IN_EXPORT.test(name)) return formatNameInFun(name);
  let out = "'";
  for (const character of name) out += escapeInExport(character);
  return `${out}'`;
}

function escapeInExport(character: string): string {
  const code = character.codePointAt(0)!;
  if (character === "'") return "\\'";
  if (code === 27) return octal(code);
  if (code === 127) return character;
  return ESCAPES[code] ?? (isControl(code) ? octal(code) : formatNameInFun(character));
}

/** True for a character code that Erlang takes for printable Latin-1 text. */
export function isPrintable(value: unknown): boolean {
  const code = typeof value === 'bigint' ? Number(value) : value;
  if (typeof code !== 'number' || !Number.isInteger(code)) return false;
  return (code >= 32 && code <= 126) || (code >= 160 && code <= 255) || (code >= 8 && code <= 13) || code === 27;
}
