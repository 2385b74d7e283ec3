/**
 * Capability flags of the distribution protocol.
 * Erlang documentation: "Distribution Protocol", section "Distribution Flags".
 */

/** Every flag of the protocol by its name there. */
export const FLAGS = {
  PUBLISHED: 0x1n,
  ATOM_CACHE: 0x2n,
  EXTENDED_REFERENCES: 0x4n,
  DIST_MONITOR: 0x8n,
  FUN_TAGS: 0x10n,
  DIST_MONITOR_NAME: 0x20n,
  HIDDEN_ATOM_CACHE: 0x40n,
  NEW_FUN_TAGS: 0x80n,
  EXTENDED_PIDS_PORTS: 0x100n,
  EXPORT_PTR_TAG: 0x200n,
  BIT_BINARIES: 0x400n,
  NEW_FLOATS: 0x800n,
  UNICODE_IO: 0x1000n,
  DIST_HDR_ATOM_CACHE: 0x2000n,
  SMALL_ATOM_TAGS: 0x4000n,
  UTF8_ATOMS: 0x10000n,
  MAP_TAG: 0x20000n,
  BIG_CREATION: 0x40000n,
  SEND_SENDER: 0x80000n,
  BIG_SEQTRACE_LABELS: 0x100000n,
  EXIT_PAYLOAD: 0x400000n,
  FRAGMENTS: 0x800000n,
  HANDSHAKE_23: 0x1000000n,
  UNLINK_ID: 0x2000000n,
  MANDATORY_25_DIGEST: 0x4000000n,
  SPAWN: 1n << 32n,
  NAME_ME: 1n << 33n,
  V4_NC: 1n << 34n,
  ALIAS: 1n << 35n,
  ALTACT_SIG: 1n << 37n,
} as const;

export type FlagName = keyof typeof FLAGS;

/**
 * What this library announces beyond what ei does. Each obliges: DIST_MONITOR_NAME to answer every monitor request,
 * SEND_SENDER to read op 22, EXIT_PAYLOAD to read ops 24, 26 and 28, ALIAS to read ops 33 and 34, ALTACT_SIG to read op 37,
 * SPAWN to answer every spawn request, FRAGMENTS to read and write frames with a header, and to put fragments together.
 */
export const ADDED_FLAGS =
  FLAGS.DIST_MONITOR_NAME |
  FLAGS.UNICODE_IO |
  FLAGS.SEND_SENDER |
  FLAGS.BIG_SEQTRACE_LABELS |
  FLAGS.EXIT_PAYLOAD |
  FLAGS.FRAGMENTS |
  FLAGS.SPAWN |
  FLAGS.ALIAS |
  FLAGS.ALTACT_SIG;

/** Without these no node of OTP 23 or later can be talked to; OTP 25 sums them up in MANDATORY_25_DIGEST. */
const MANDATORY: readonly FlagName[] = [
  'EXTENDED_REFERENCES',
  'FUN_TAGS',
  'EXTENDED_PIDS_PORTS',
  'UTF8_ATOMS',
  'NEW_FUN_TAGS',
  'BIG_CREATION',
  'NEW_FLOATS',
  'MAP_TAG',
  'EXPORT_PTR_TAG',
  'BIT_BINARIES',
];

/** The names of the mandatory flags that `flags` lacks. */
export function missingFlags(flags: bigint): FlagName[] {
  if (flags & FLAGS.MANDATORY_25_DIGEST) return [];
  return MANDATORY.filter((name) => (flags & FLAGS[name]) === 0n);
}
