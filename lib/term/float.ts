import { HiddenNodeError } from '../errors.ts';
import { TermObject } from './term-object.ts';

/** An Erlang float whatever its value, for whole numbers that must not become integers (NEW_FLOAT_EXT). */
export class Float extends TermObject {
  /** The number, finite. */
  declare readonly value: number;

  /** @throws HiddenNodeError `invalid_argument` for NaN and the infinities */
  constructor(value: number) {
    super();
    if (!Number.isFinite(value)) throw new HiddenNodeError('invalid_argument', 'an Erlang float is finite', { value });
    this.value = value;
  }

  /** Lets a `Float` take part in arithmetic. */
  override valueOf(): number {
    return this.value;
  }
}

/**
 * The float of a number: `float(1)` is `1.0`.
 *
 * @throws HiddenNodeError `invalid_argument` for NaN and the infinities, which Erlang does not have
 */
export function float(value: number): Float {
  return new Float(value);
}
