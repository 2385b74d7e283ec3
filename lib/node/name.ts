/** Node names: what one may look like, and which two may meet. */
import { isIPv6 } from 'node:net';
import { HiddenNodeError } from '../errors.ts';

/** A valid node name and its parts. */
export interface NodeName {
  /** `alive@host`. */
  readonly full: string;
  /** The part before the `@`: what EPMD knows. */
  readonly alive: string;
  /** The part after the `@`: where to find the node. */
  readonly host: string;
  /** True for a name of the long kind (`-name`): its host has a dot, or is an IPv6 address. */
  readonly long: boolean;
}

/** Erlang's limit for an atom is 255 characters, ei's for a node name 255 bytes; of ASCII they are the same. */
const LONGEST = 255;

/**
 * Takes a node name apart, and refuses what no node of a cluster can be called.
 *
 * The rules are those by which `net_kernel` starts a node: one `@` with something on both sides, the first of letters, digits,
 * `_` and `-` only (it travels through EPMD and the shell), no blank or control character in the second. Stricter than Erlang
 * in one point: the host is ASCII. Erlang writes a node name as Latin-1 in the handshake and as UTF-8 inside of pids, ei writes
 * the same bytes in both, and only ASCII is the same in both.
 *
 * @param text - such as `js@127.0.0.1` or `js@myhost`
 * @returns the name and its parts
 * @throws HiddenNodeError `invalid_node_name` with facts `name` and `reason`
 * @see Erlang Reference Manual, "Distributed Erlang", "Nodes"
 */
export function parseNodeName(text: string): NodeName {
  if (typeof text !== 'string') throw invalid(String(text), 'it is no string; write it as alive@host');
  const parts = text.split('@');
  const [alive = '', host = ''] = parts;
  if (parts.length === 1) throw invalid(text, 'it has no host; add one, such as @127.0.0.1 or @myhost');
  if (parts.length > 2) throw invalid(text, "it has more than one '@'; write it as alive@host");
  if (alive === '') throw invalid(text, "nothing stands before the '@'; write it as alive@host");
  if (host === '') throw invalid(text, "nothing stands after the '@'; add the host, such as 127.0.0.1");
  if (!/^[0-9A-Za-z_-]+$/.test(alive)) {
    throw invalid(text, "before the '@' only letters of ASCII, digits, '_' and '-' are allowed");
  }
  if (!/^[!-~]+$/.test(host)) {
    throw invalid(text, 'its host may hold visible characters of ASCII only; write an international name as xn--...');
  }
  if (text.length > LONGEST) throw invalid(text, `it has ${text.length} characters; at most ${LONGEST} are allowed`);
  return Object.freeze({ full: text, alive, host, long: /[.:]/.test(host) });
}

/**
 * Refuses a peer that Erlang would refuse for the kind of its name: nodes with short names (`-sname`) and nodes with long names
 * (`-name`) cannot connect. An IPv6 address as the host goes with both kinds, as in Erlang.
 *
 * @param own - this node
 * @param peer - the node to connect to, or that connects
 * @throws HiddenNodeError `name_domain_mismatch` with facts `name` and `peer`
 * @see Erlang Reference Manual, "Distributed Erlang", "Nodes"
 */
export function assertSameDomain(own: NodeName, peer: NodeName): void {
  if (own.long === peer.long || fitsBoth(own) || fitsBoth(peer)) return;
  const kind = (name: NodeName) => `'${name.full}' has a ${name.long ? 'long' : 'short'} name`;
  throw new HiddenNodeError(
    'name_domain_mismatch',
    `${kind(own)} and ${kind(peer)}: such nodes cannot connect; give both a host with a dot, or both one without`,
    { name: own.full, peer: peer.full },
  );
}

/** Erlang asks of a short name that its host has no dot, and of a long one that it has a dot or is an address. */
function fitsBoth({ host }: NodeName): boolean {
  return isIPv6(host) && !host.includes('.');
}

function invalid(name: string, reason: string): HiddenNodeError {
  // The name may come from a peer: whatever it holds, the message stays one line of a bearable length.
  const shown = JSON.stringify(name.slice(0, LONGEST + 1));
  return new HiddenNodeError('invalid_node_name', `${shown} is no node name: ${reason}`, { name, reason });
}
