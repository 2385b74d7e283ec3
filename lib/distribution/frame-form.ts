/**
 * How a frame begins behind its length of four bytes. Erlang documentation: "External Term Format", section "Distribution Header".
 *
 * - `112` ("pass through"): a control message and, for some, a payload follow; both are terms with their version byte. So it is with
 *   peers that do not announce FRAGMENTS.
 * - `131, 68, 0`, a header without atoms: the same terms follow, without version bytes.
 * - `131, 69`, the number of the sequence and that of the fragment (8 bytes each), `0`: the terms begin, and fragments with lower
 *   numbers continue them, down to 1.
 * - `131, 70`, both numbers: a fragment that continues.
 */
export const LENGTH_BYTES = 4;

export const PASS_THROUGH = 112;
export const HEADER = 68;
export const FIRST_FRAGMENT = 69;
export const NEXT_FRAGMENT = 70;

/** How many bytes come before the control message in a frame of the first two forms. */
export const PLAIN_BYTES = 2;
export const HEADER_BYTES = 3;

/** How much of a message is in one fragment: as much as Erlang's own have. */
export const FRAGMENT_BYTES = 64 * 1024;

/** What the length of a frame can say. */
export const LONGEST_FRAME = 0xffff_ffff;
