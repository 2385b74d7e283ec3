/**
 * Carries ei's handshake over a carrier: bytes in both directions, who the peer is, and why it failed.
 * Erlang documentation: "Distribution Protocol", section "Distribution Handshake".
 */
import { binding, type NativeCNode, type NativeHandshake } from '../binding.ts';
import { type Carrier, IDLE_HANDLER } from '../carrier/carrier.ts';
import { chunkOf } from '../carrier/chunk.ts';
import type { Deadline } from '../deadline.ts';
import { HiddenNodeError } from '../errors.ts';
import { ADDED_FLAGS, missingFlags } from './flags.ts';
import { type GateMember, HandshakeGate } from './handshake-gate.ts';

/** What is known of a peer after its handshake. */
export interface Peer {
  name: string;
  flags: bigint;
  creation: number;
}

/** How an accepting node answers a peer's name. The last two end the handshake. */
export type Admission = 'ok' | 'ok_simultaneous' | 'nok' | 'not_allowed';

export interface HandshakeOptions {
  cnode: NativeCNode;
  carrier: Carrier;
  deadline: Deadline;
  /** The name that was asked for, when connecting; absent when accepting. */
  expected?: string;
  /** Decides about a peer that connects to us. */
  admit?: (peer: Peer) => Admission;
}

export interface HandshakeOutcome {
  peer: Peer;
  /** Bytes that came behind the handshake and already belong to the connection. */
  rest: Buffer;
}

/**
 * One gate for either direction: an accepting side in the middle of its handshake waits for what the connecting side can only
 * say from within the gate. With one gate for both, accepting sides could hold every place, and wait for those outside.
 */
const gates = { connecting: new HandshakeGate(), accepting: new HandshakeGate() };

/** How long a refusal may take to reach the peer, in milliseconds. */
const FAREWELL = 1_000;

/**
 * Performs one handshake. When it resolves, the carrier is paused and has no handler; when it rejects, it is destroyed.
 *
 * @returns the peer, verified to know the cookie and, when connecting, to be the one that was asked for
 * @throws `timeout`, `aborted`, `cookie_mismatch`, `peer_name_mismatch`, `missing_flags`, `peer_refused`,
 *   `handshake_failed`, `handshake_closed`, `handshake_limit`, `connection_failed`
 */
export async function performHandshake(options: HandshakeOptions): Promise<HandshakeOutcome> {
  const attempt = new Attempt(options);
  try {
    return await options.deadline.race(attempt.outcome, () => attempt.expired());
  } catch (error) {
    // A refusal has been written and should arrive; anything else needs no farewell.
    if (attempt.refused) void options.carrier.end(FAREWELL);
    else options.carrier.destroy();
    throw error;
  } finally {
    attempt.release();
  }
}

class Attempt implements GateMember {
  readonly outcome: Promise<HandshakeOutcome>;
  heardAt = performance.now();
  /** True when the peer was sent a status that refuses it. */
  refused = false;
  #native: NativeHandshake;
  #carrier: Carrier;
  #options: HandshakeOptions;
  #gate: HandshakeGate;
  #entered = false;
  #settled = false;
  #last = 'nothing';
  #resolve!: (outcome: HandshakeOutcome) => void;
  #reject!: (error: HiddenNodeError) => void;

  constructor(options: HandshakeOptions) {
    this.#options = options;
    this.#carrier = options.carrier;
    this.#gate = options.expected === undefined ? gates.accepting : gates.connecting;
    this.outcome = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.#native = new binding.Handshake(options.cnode, options.expected === undefined, ADDED_FLAGS);
    this.#carrier.handler = {
      received: (bytes, length) => this.#received(bytes.subarray(0, length)),
      drained: () => undefined,
      ended: (error) => this.#fail(error ?? this.#closedByPeer()),
    };
    this.#write(this.#native.open());
    this.#carrier.resume();
  }

  /** The error for a deadline that passed: says how far the peer came. */
  expired(): HiddenNodeError {
    const { expected, deadline } = this.#options;
    return new HiddenNodeError(
      'timeout',
      `${expected ?? 'the peer'} at ${this.#carrier.remote} did not finish the handshake within ${deadline.timeout} ms ` +
        `(last heard: ${this.#last})`,
      { stage: 'handshake', peer: expected, remote: this.#carrier.remote, timeout: deadline.timeout, last: this.#last },
    );
  }

  evict(): void {
    this.#fail(
      new HiddenNodeError(
        'handshake_limit',
        `the peer at ${this.#carrier.remote} fell silent in its handshake while others waited`,
        { remote: this.#carrier.remote, last: this.#last },
      ),
    );
  }

  /** Gives the native thread and the place at the gate back. */
  release(): void {
    this.#settled = true;
    this.#native.giveUp();
    this.#gate.leave(this);
  }

  #received(bytes: Buffer): void {
    this.#native.push(bytes);
    if (this.#entered || this.#native.waiting === undefined) return this.#proceed();
    // From here on ei needs a thread. Until there is a place for one, the peer's further bytes wait with the system.
    this.#carrier.pause();
    this.#gate.enter(this, () => {
      this.#entered = true;
      this.heardAt = performance.now();
      this.#carrier.resume();
      this.#proceed();
    });
  }

  #proceed(): void {
    while (!this.#settled && this.#native.waiting !== undefined) {
      const packet = this.#native.waiting;
      const status = this.#decide(packet);
      if (status === undefined) return;
      this.#last = packet;
      this.heardAt = performance.now();
      this.#write(this.#native.step(status));
    }
    if (this.#settled || this.#native.state === 'running') return;
    if (this.#native.state === 'failed') return this.#fail(this.#failure());
    this.#settled = true;
    this.#carrier.pause();
    this.#carrier.handler = IDLE_HANDLER;
    this.#resolve({ peer: this.#native.peer!, rest: this.#native.takeRest() });
  }

  /** Looks at who the peer is before ei answers it. Undefined when the handshake is over with that. */
  #decide(packet: string): 'ok' | 'ok_simultaneous' | undefined {
    if (packet !== 'name' && packet !== 'challenge') return 'ok';
    const peer = this.#native.peer!;
    const refusal = this.#refusal(peer);
    if (refusal !== undefined) {
      this.#fail(refusal);
      return undefined;
    }
    const admission = packet === 'name' ? (this.#options.admit?.(peer) ?? 'ok') : 'ok';
    if (admission === 'ok' || admission === 'ok_simultaneous') return admission;
    this.refused = true;
    this.#write(Buffer.from(`\0${String.fromCharCode(admission.length + 1)}s${admission}`, 'latin1'));
    this.#fail(
      new HiddenNodeError('peer_refused', `the connection from ${peer.name} was refused: ${admission}`, {
        peer: peer.name,
        status: admission,
      }),
    );
    return undefined;
  }

  #refusal(peer: Peer): HiddenNodeError | undefined {
    const { expected } = this.#options;
    if (expected !== undefined && peer.name !== expected) {
      return new HiddenNodeError(
        'peer_name_mismatch',
        `the node at ${this.#carrier.remote} is ${peer.name}, not ${expected}`,
        { expected, actual: peer.name, remote: this.#carrier.remote },
      );
    }
    const missing = missingFlags(peer.flags);
    if (missing.length === 0) return undefined;
    return new HiddenNodeError(
      'missing_flags',
      `${peer.name} lacks ${missing.join(', ')}: it must be OTP 23 or later, or a node that announces them`,
      { peer: peer.name, missing },
    );
  }

  #failure(): HiddenNodeError {
    const remote = this.#carrier.remote;
    const peer = this.#options.expected ?? this.#native.peer?.name;
    const who = peer ?? `the peer at ${remote}`;
    switch (this.#native.failure) {
      case 'cookie':
        return new HiddenNodeError('cookie_mismatch', `${who} has another cookie than this node`, { peer, remote });
      case 'refused':
        return new HiddenNodeError('peer_refused', `${who} refused the connection: ${this.#native.status}`, {
          peer,
          remote,
          status: this.#native.status,
        });
      case 'limit':
        return new HiddenNodeError('handshake_limit', 'too many handshakes are open in this process', { peer, remote });
      case 'thread':
        return new HiddenNodeError('native_failure', 'the system gave no thread for the handshake', { peer, remote });
      default:
        return new HiddenNodeError('handshake_failed', `${who} broke the handshake protocol after ${this.#last}`, {
          peer,
          remote,
          last: this.#last,
        });
    }
  }

  #closedByPeer(): HiddenNodeError {
    const { expected } = this.#options;
    const remote = this.#carrier.remote;
    // After our digest the peer either acknowledges or, when its cookie made another one, hangs up without a word.
    if (expected !== undefined && this.#last === 'challenge') {
      return new HiddenNodeError('cookie_mismatch', `${expected} did not accept the cookie of this node`, {
        peer: expected,
        remote,
      });
    }
    const who = expected ?? this.#native.peer?.name ?? 'the peer';
    return new HiddenNodeError('handshake_closed', `${who} at ${remote} closed the connection during the handshake`, {
      peer: expected ?? this.#native.peer?.name,
      remote,
      last: this.#last,
    });
  }

  #write(bytes: Buffer): void {
    if (bytes.length > 0) this.#carrier.send([chunkOf(bytes)]);
  }

  #fail(error: HiddenNodeError): void {
    if (this.#settled) return;
    this.#settled = true;
    this.#reject(error);
  }
}
