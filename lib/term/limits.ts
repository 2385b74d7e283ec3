/** The limits of the codec: what keeps hostile or mistaken terms from using up memory, time or stack. */

/** How deeply a term may be nested unless an option says otherwise, in containers around the innermost term. */
export const DEFAULT_MAX_DEPTH = 1024;

/** What one compressed term may inflate to unless an option says otherwise, in bytes. */
export const DEFAULT_MAX_DECOMPRESSED_BYTES = 64 * 1024 * 1024;

/** The most bits of an integer: Erlang's own limit since OTP 27 (older releases allow more). */
export const MAX_INTEGER_BITS = 4_194_303;

/** The most code points of an atom: Erlang's own limit. */
export const MAX_ATOM_CHARACTERS = 255;

/**
 * How many distinct atoms may be alive in the process before atoms with new names are refused from peers (`decode_limit`). Atoms
 * that nothing refers to are collected and do not count for long, and the program's own calls of `atom` are never refused. An
 * Erlang node dies at 1,048,576 atoms; a quarter of that is far above what real systems reach.
 */
export const MAX_LIVE_ATOMS = 262_144;
