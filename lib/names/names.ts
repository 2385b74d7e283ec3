/** What a node has to do with the names and groups of its cluster. */

import { FLAGS } from '../distribution/flags.ts';
import type { Peer } from '../distribution/handshake.ts';
import type { HiddenNodeError } from '../errors.ts';
import type { Identity } from '../node/identity.ts';
import type { Processes } from '../process/processes.ts';
import { type Atom, atom } from '../term/atom.ts';
import type { DecodeOptions } from '../term/decoder.ts';
import { GlobalNames, type GlobalOwner } from './global-names.ts';
import { versionFor } from './pg-protocol.ts';
import { PgScopes } from './pg-scopes.ts';

/** What names and groups need of the node. */
export interface NamesOwner extends Pick<GlobalOwner, 'peer' | 'call' | 'expose'> {
  readonly identity: Identity;
  readonly processes: Processes;
  /** How the terms decode that the node gives to its users. */
  readonly decode: DecodeOptions;
  /** The connected nodes. */
  peers(): Peer[];
  /** @throws `node_stopped` */
  assertRunning(): void;
}

export class Names {
  readonly global: GlobalNames;
  readonly pg: PgScopes;

  constructor(owner: NamesOwner) {
    const { identity } = owner;
    this.global = new GlobalNames({
      ...owner,
      isConnected: (node) => owner.peers().some(({ name }) => name === node.name),
      // Hidden nodes, and what C and other languages make, do not announce themselves.
      visibleNodes: () => owner.peers().filter(isVisible).map(atomOf),
    });
    this.pg = new PgScopes({
      ...owner,
      owns: (pid) => identity.owns(pid),
      connected: () => owner.peers().map((peer) => [atomOf(peer), versionFor(peer.flags)]),
    });
  }

  nodeUp(peer: Peer): void {
    this.pg.nodeUp(atomOf(peer), versionFor(peer.flags));
    this.global.keeper.nodeUp(atomOf(peer));
  }

  /** Monitors have told already. */
  nodeDown(node: Atom): void {
    this.pg.nodeDown(node);
    this.global.keeper.nodeDown(node);
  }

  stop(reason: HiddenNodeError): void {
    this.pg.stop();
    this.global.keeper.stop(reason);
  }
}

function atomOf({ name }: Peer): Atom {
  return atom(name);
}

function isVisible({ flags }: Peer): boolean {
  return (flags & FLAGS.PUBLISHED) !== 0n;
}
