/**
 * The one error class of hidden-node and the table of its codes.
 *
 * Codes are stable: a program may switch on them. Messages are for people and may change.
 */

/** Every `code` that a {@link HiddenNodeError} can carry, with its meaning in one line. */
export const ERROR_CODES = {
  // What the caller gave
  invalid_argument: 'an option or argument is of the wrong kind or out of range',
  invalid_node_name: 'a node name is malformed or too long',
  name_domain_mismatch: 'a node with a short name and a node with a long name cannot connect',
  cookie_missing: 'no cookie was given and none was found',
  cookie_invalid: 'the cookie is empty, too long, or holds characters that no Erlang cookie can hold',
  cookie_file_permissions: 'the cookie file can be read by others than its owner',
  not_a_term: 'a value has no Erlang term',
  term_too_deep: 'a term is nested deeper than the limit',
  message_too_large: 'a message is above the size limit, and was not sent',

  // Bytes that are no valid term
  decode_truncated: 'the bytes end before the term does',
  decode_invalid: 'the bytes are no valid external term',
  decode_limit: 'the term claims or needs more than a limit allows',

  // Finding the peer
  epmd_unreachable: 'no EPMD answers at the address',
  epmd_timeout: 'EPMD accepted the connection and did not answer in time',
  epmd_protocol: 'EPMD answered with something that is not its protocol',
  name_taken: 'EPMD already has a live node of this name',
  peer_unknown: 'EPMD of the host knows no node of this name',
  host_unresolved: 'the host name has no address',

  // Opening a connection
  connection_refused: 'nothing listens at the address',
  connection_failed: 'the operating system could not open or keep the connection',
  listen_failed: 'the node could not listen at the address',
  handshake_failed: 'the peer broke the handshake protocol',
  handshake_closed: 'the peer closed the connection during the handshake',
  handshake_limit: 'too many handshakes are open at once',
  cookie_mismatch: 'the peer and this node have different cookies',
  peer_name_mismatch: 'the peer that answered has another name than the one asked for',
  missing_flags: 'the peer lacks a capability without which no connection is possible',
  peer_refused: 'the peer refused the connection in its handshake status',

  // An open connection
  noconnection: 'there is no connection to the node, or it was lost',
  net_tick_timeout: 'the peer was silent for the whole net tick time',
  malformed_frame: 'the peer sent bytes that are no distribution message',
  frame_too_large: 'the peer announced a message above the size limit',
  disconnected: 'this node closed the connection on request',
  tuning_refused: 'the peer does not let the options of its socket be set',

  // Waiting and calling
  timeout: 'the time given was used up',
  aborted: 'the AbortSignal fired',
  badrpc: 'the remote call did not return a value',
  process_down: 'the process that was called does not exist, or ended before it answered',
  node_stopped: 'the node was stopped',
  mailbox_closed: 'the mailbox was closed',
  window_closed: 'the window was closed',
  exited: 'the mailbox was ended by an exit signal',
  registered_name_taken: 'the node already has a process registered under this name',
  already_exposed: 'the node already exposes a function of this name',

  // Names and groups
  global_unavailable: 'no Erlang node that knows global names is connected, or none answered',
  global_name_taken: 'another process has the global name',
  global_name_unknown: 'no process has the global name',
  global_name_conflict: 'another process has a global name that a process of this node had',
  global_name_unregistered: 'a global name of a process of this node was given up',
  scope_closed: 'the pg scope was closed',

  // The addon
  addon_missing: 'the native addon could not be loaded',
  unsupported_platform: 'hidden-node does not run on this operating system',
  native_failure: 'ei or the operating system failed inside the addon',
} as const;

/** A stable error code: one of the keys of {@link ERROR_CODES}. */
export type ErrorCode = keyof typeof ERROR_CODES;

/** Facts about a failure: plain values by name, such as `peer`, `host`, `port` or `timeout`. Never a cookie or a payload. */
export type ErrorFacts = Readonly<Record<string, unknown>>;

/**
 * The error that every part of hidden-node throws or rejects with.
 *
 * @example
 * try {
 *   await node.connect('app@127.0.0.1');
 * } catch (error) {
 *   if (error instanceof HiddenNodeError && error.code === 'peer_unknown') console.log(error.facts.host);
 * }
 */
export class HiddenNodeError extends Error {
  override readonly name = 'HiddenNodeError';

  /**
   * @param code - what went wrong, stable across releases
   * @param message - one sentence for people, naming the facts
   * @param facts - the facts as plain values
   * @param cause - the error underneath, when there is one
   */
  constructor(
    readonly code: ErrorCode,
    message: string,
    readonly facts: ErrorFacts = {},
    cause?: unknown,
  ) {
    super(message, cause === undefined ? undefined : { cause });
  }
}

/** True when `value` is a {@link HiddenNodeError}, of the given code when one is given. */
export function isHiddenNodeError(value: unknown, code?: ErrorCode): value is HiddenNodeError {
  return value instanceof HiddenNodeError && (code === undefined || value.code === code);
}
