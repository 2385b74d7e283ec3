/**
 * The options of a peer's socket that can be set from here: what they are, as options of a call and as terms.
 * Erlang documentation: kernel, `net_kernel:setopts/2`, `net_kernel:getopts/2`; `inet:setopts/2`, the options `delay_send` and `buffer`.
 */
import { HiddenNodeError } from '../errors.ts';
import { atom } from '../term/atom.ts';
import type { EncodableTerm, Term } from '../term/term.ts';
import { Tuple, tuple } from '../term/tuple.ts';

const OK = atom('ok');
const DELAY_SEND = atom('delay_send');
const BUFFER = atom('buffer');

const DEFAULT_BUFFER = 65_536;

/** The driver of the peer takes any size: it loses the connection with less than four bytes, and allocates the largest at once. */
const SMALLEST_BUFFER = 1024;
const LARGEST_BUFFER = 16 * 1024 * 1024;

/** Options of the socket that a peer has for the connection to this node. */
export interface PeerSocketOptions {
  /** Whether what processes send is collected until the scheduler has time to write it: many messages in one system call. */
  readonly delaySend: boolean;
  /** How much is read from the socket at a time, in bytes. */
  readonly buffer: number;
}

/** Options of {@link HiddenNode.tunePeer}. */
export interface TunePeerOptions {
  /** Whether the peer collects what its processes send. Erlang's default is false. Default: true. */
  delaySend?: boolean | undefined;
  /** How much the peer reads at a time, in bytes: 1 KiB to 16 MiB. Erlang's default is 1460, or 9216 in OTP 29. Default: 65536. */
  buffer?: number | undefined;
  /** Milliseconds for everything, the connecting included; default 5000, `Infinity` waits for ever. */
  timeout?: number | undefined;
  signal?: AbortSignal | undefined;
}

/** The names of the options, as `net_kernel:getopts/2` takes them. */
export const OPTION_NAMES: EncodableTerm = [DELAY_SEND, BUFFER];

/** @throws `invalid_argument` */
export function checkOptions({ delaySend = true, buffer = DEFAULT_BUFFER }: TunePeerOptions): PeerSocketOptions {
  if (typeof delaySend !== 'boolean') {
    const message = `delaySend is true or false, not ${String(delaySend)}`;
    throw new HiddenNodeError('invalid_argument', message, { delaySend });
  }
  if (!Number.isInteger(buffer) || buffer < SMALLEST_BUFFER || buffer > LARGEST_BUFFER) {
    const message = `buffer is a whole number of bytes from ${SMALLEST_BUFFER} to ${LARGEST_BUFFER}, not ${String(buffer)}`;
    throw new HiddenNodeError('invalid_argument', message, { buffer });
  }
  return { delaySend, buffer };
}

/** The options as `net_kernel:setopts/2` takes them. */
export function optionsTerm({ delaySend, buffer }: PeerSocketOptions): EncodableTerm {
  return [tuple(DELAY_SEND, delaySend), tuple(BUFFER, buffer)];
}

/** What `net_kernel:getopts/2` answered; undefined when it is not `{ok, Options}` with both of them. */
export function optionsOf(answer: Term): PeerSocketOptions | undefined {
  const [tag, options] = answer instanceof Tuple && answer.length === 2 ? (answer.elements as Term[]) : [];
  if (tag !== OK || !Array.isArray(options)) return undefined;
  const delaySend = settingOf(options, DELAY_SEND);
  const buffer = settingOf(options, BUFFER);
  if (typeof delaySend !== 'boolean' || !Number.isSafeInteger(buffer)) return undefined;
  return { delaySend, buffer: buffer as number };
}

function settingOf(options: readonly Term[], name: Term): Term | undefined {
  const option = options.find((one) => one instanceof Tuple && one.length === 2 && one.elements[0] === name);
  return (option as Tuple<Term[]> | undefined)?.elements[1];
}

/** Whether a peer has taken every option: it has what it was told to have, or at least no longer what it had. */
export function areTaken(wanted: PeerSocketOptions, before: PeerSocketOptions, after: PeerSocketOptions): boolean {
  const names = ['delaySend', 'buffer'] as const;
  return names.every((name) => after[name] === wanted[name] || after[name] !== before[name]);
}
