/** What C's `%.20e` prints, with the padding of FLOAT_EXT after it. */
const FLOAT_TEXT = /^[+-]?\d+\.\d+(?:[eE][+-]?\d+)?\0*$/;

/** The 31 characters of FLOAT_EXT as a number, or undefined when they are not a finite float. */
export function parseFloatText(text: string): number | undefined {
  if (!FLOAT_TEXT.test(text)) return undefined;
  const end = text.indexOf('\0');
  const value = Number(end < 0 ? text : text.slice(0, end));
  return Number.isFinite(value) ? value : undefined;
}
