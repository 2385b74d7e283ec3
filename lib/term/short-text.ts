/** Bytes that {@link shortText} takes at most. */
export const SHORT_TEXT_BYTES = 12;

const text = String.fromCharCode;

/**
 * The text of at most {@link SHORT_TEXT_BYTES} bytes from `i` on. It is the caller's to know that they are ASCII. A call of
 * `fromCharCode` with all characters is compiled in place and takes a third of the time of a call into the runtime.
 */
export function shortText(b: Uint8Array, i: number, length: number): string {
  switch (length) {
    case 0:
      return '';
    case 1:
      return text(b[i]);
    case 2:
      return text(b[i], b[i + 1]);
    case 3:
      return text(b[i], b[i + 1], b[i + 2]);
    case 4:
      return text(b[i], b[i + 1], b[i + 2], b[i + 3]);
    case 5:
      return text(b[i], b[i + 1], b[i + 2], b[i + 3], b[i + 4]);
    case 6:
      return text(b[i], b[i + 1], b[i + 2], b[i + 3], b[i + 4], b[i + 5]);
    case 7:
      return text(b[i], b[i + 1], b[i + 2], b[i + 3], b[i + 4], b[i + 5], b[i + 6]);
    case 8:
      return text(b[i], b[i + 1], b[i + 2], b[i + 3], b[i + 4], b[i + 5], b[i + 6], b[i + 7]);
    default:
      return longer(b, i, length);
  }
}

function longer(b: Uint8Array, i: number, length: number): string {
  const c = b[i];
  const d = b[i + 1];
  const e = b[i + 2];
  const f = b[i + 3];
  const g = b[i + 4];
  const h = b[i + 5];
  const j = b[i + 6];
  const k = b[i + 7];
  switch (length) {
    case 9:
      return text(c, d, e, f, g, h, j, k, b[i + 8]);
    case 10:
      return text(c, d, e, f, g, h, j, k, b[i + 8], b[i + 9]);
    case 11:
      return text(c, d, e, f, g, h, j, k, b[i + 8], b[i + 9], b[i + 10]);
    default:
      return text(c, d, e, f, g, h, j, k, b[i + 8], b[i + 9], b[i + 10], b[i + 11]);
  }
}
