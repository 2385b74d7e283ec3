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
const PLAIN_NAME_IN_FUN = new RegExp(`^[${LOWER}][${LETTERS}0-9_]*$`);

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

/** An atom in the text of an exported function, which the Erlang runtime prints by rules of its own. */
export function formatNameInFun(name: string): string {
  if (PLAIN_NAME_IN_FUN.test(name)) return name;
  let out = "'";
  for (const character of name) out += escapeInFun(character);
  return `${out}'`;
}

function escapeInFun(character: string): string {
  const code = character.codePointAt(0)!;
  if (character === "'") return "\\'";
  if (code === 27) return octal(code);
  if (code === 127) return character;
  return ESCAPES[code] ?? (isControl(code) ? octal(code) : character);
}

/** True for a character code that Erlang takes for printable Latin-1 text. */
export function isPrintable(value: unknown): boolean {
  const code = typeof value === 'bigint' ? Number(value) : value;
  if (typeof code !== 'number' || !Number.isInteger(code)) return false;
  return (code >= 32 && code <= 126) || (code >= 160 && code <= 255) || (code >= 8 && code <= 13) || code === 27;
}
