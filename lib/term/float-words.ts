/** One float and its two 32-bit words, which share memory: writing one side changes the other. */
export const float64 = new Float64Array(1);
export const floatWords = new Uint32Array(float64.buffer);

float64[0] = 1;

/** Where the word with the sign and the exponent is, and where the other, in {@link floatWords}. The words of 1.0 tell. */
export const HIGH = floatWords[1] === 0 ? 0 : 1;
export const LOW = 1 - HIGH;
