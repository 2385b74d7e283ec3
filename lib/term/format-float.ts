/** From here on floats are not always exact integers, and Erlang switches to the scientific notation. */
const TWO_TO_53 = 2 ** 53;

/**
 * A float as `erlang:float_to_list(F, [short])` prints it: the fewest digits that read back as the same float, in whichever notation
 * is shorter (the decimal one when both are as long), always with a decimal point, and scientific from 2^53 on.
 *
 * @param value - a finite number
 */
export function formatFloat(value: number): string {
  if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0';
  const sign = value < 0 ? '-' : '';
  const size = Math.abs(value);
  const { digits, exponent } = shortestDigits(size);
  const scientific = `${digits[0]}.${digits.slice(1) || '0'}e${exponent}`;
  if (size >= TWO_TO_53) return sign + scientific;
  const decimal = decimalNotation(digits, exponent);
  return sign + (decimal.length <= scientific.length ? decimal : scientific);
}

/** The shortest digits of a positive number, without zeroes at the end, and the power of ten of the first. */
function shortestDigits(size: number): { digits: string; exponent: number } {
  const [mantissa, exponent] = size.toExponential().split('e');
  return { digits: mantissa.replace('.', ''), exponent: Number(exponent) };
}

function decimalNotation(digits: string, exponent: number): string {
  if (exponent < 0) return `0.${'0'.repeat(-exponent - 1)}${digits}`;
  const whole = exponent + 1;
  if (digits.length <= whole) return `${digits.padEnd(whole, '0')}.0`;
  return `${digits.slice(0, whole)}.${digits.slice(whole)}`;
}
