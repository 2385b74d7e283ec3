/**
 * What a node can say to one peer, in the form that the peer understands.
 */
import { isHiddenNodeError } from '../errors.ts';
import { type Atom, atom } from '../term/atom.ts';
import { Pid } from '../term/pid.ts';
import type { Reference } from '../term/reference.ts';
import type { EncodableTerm } from '../term/term.ts';
import { writeAltactSend } from './control/altact.ts';
import { writeExit, writeExitRequest } from './control/exit.ts';
import { writeLink, writeOldUnlink, writeUnlink, writeUnlinkAcknowledge } from './control/link.ts';
import { writeDemonitor, writeMonitor, writeMonitorExit } from './control/monitor.ts';
import { writeAliasSend, writeRegisteredSend, writeSend } from './control/send.ts';
import type { SignalSender, SpawnRequest } from './control/signals.ts';
import { writeSpawnReply, writeSpawnRequest } from './control/spawn.ts';
import { writePayload } from './control/writer.ts';
import { FLAGS } from './flags.ts';
import { Outbox } from './outbox.ts';

const SYSTEM_LIMIT = atom('system_limit');

export class SignalOutbox extends Outbox implements SignalSender {
  /** Messages often go where the one before went, and then begin with the same bytes. */
  #lastFrom: Pid | undefined;
  #lastTo: Pid | Atom | undefined;
  #lastHeader: Buffer | undefined;

  send(to: Pid, message: EncodableTerm): boolean {
    const { writer } = this;
    writer.begin();
    if (to === this.#lastTo) {
      writer.repeat(this.#lastHeader!);
    } else {
      writeSend(writer, to);
      this.#remember(undefined, to);
    }
    return this.#finishWith(message);
  }

  registeredSend(from: Pid, to: Atom, message: EncodableTerm): boolean {
    const { writer } = this;
    writer.begin();
    if (from === this.#lastFrom && to === this.#lastTo) {
      writer.repeat(this.#lastHeader!);
    } else {
      writeRegisteredSend(writer, from, to);
      this.#remember(from, to);
    }
    return this.#finishWith(message);
  }

  aliasSend(from: Pid, to: Reference, message: EncodableTerm): boolean {
    this.writer.begin();
    if (this.#peerHas(FLAGS.ALTACT_SIG)) writeAltactSend(this.writer, from, to);
    else writeAliasSend(this.writer, from, to);
    return this.#finishWith(message);
  }

  link(from: Pid, to: Pid): void {
    this.writer.begin();
    writeLink(this.writer, from, to);
    this.finish();
  }

  unlink(id: number, from: Pid, to: Pid): boolean | undefined {
    if (this.peerFlags === 0n) return undefined;
    const acknowledged = this.#peerHas(FLAGS.UNLINK_ID);
    this.writer.begin();
    if (acknowledged) writeUnlink(this.writer, id, from, to);
    else writeOldUnlink(this.writer, from, to);
    this.finish();
    return acknowledged;
  }

  unlinkAcknowledge(id: number | bigint, from: Pid, to: Pid): void {
    this.writer.begin();
    writeUnlinkAcknowledge(this.writer, id, from, to);
    this.finish();
  }

  exit(from: Pid, to: Pid, reason: EncodableTerm): void {
    this.#tellEnd(reason, (told) => writeExit(this.writer, from, to, told, this.#peerHas(FLAGS.EXIT_PAYLOAD)));
  }

  exitRequest(from: Pid, to: Pid, reason: EncodableTerm): void {
    this.writer.begin();
    writeExitRequest(this.writer, from, to, reason, this.#peerHas(FLAGS.EXIT_PAYLOAD));
    this.finish();
  }

  monitor(watcher: Pid, target: Pid | Atom, reference: Reference): void {
    if (this.#cannotMonitor(target)) return;
    this.writer.begin();
    writeMonitor(this.writer, watcher, target, reference);
    this.finish();
  }

  demonitor(watcher: Pid, target: Pid | Atom, reference: Reference): void {
    if (this.#cannotMonitor(target)) return;
    this.writer.begin();
    writeDemonitor(this.writer, watcher, target, reference);
    this.finish();
  }

  monitorExit(target: Pid | Atom, watcher: Pid, reference: Reference, reason: EncodableTerm): void {
    const asPayload = this.#peerHas(FLAGS.EXIT_PAYLOAD);
    this.#tellEnd(reason, (told) => writeMonitorExit(this.writer, target, watcher, reference, told, asPayload));
  }

  spawnRequest(request: SpawnRequest, args: readonly EncodableTerm[]): void {
    this.writer.begin();
    writeSpawnRequest(this.writer, request, args);
    this.finish();
  }

  spawnReply(reference: Reference, to: Pid, flags: number, result: Pid | Atom): void {
    this.writer.begin();
    writeSpawnReply(this.writer, reference, to, flags, result);
    this.finish();
  }

  /** A C node that knows no monitors: as in Erlang, only its connection is watched. */
  #cannotMonitor(target: Pid | Atom): boolean {
    if (this.peerFlags === 0n) return false;
    return !this.#peerHas(target instanceof Pid ? FLAGS.DIST_MONITOR : FLAGS.DIST_MONITOR_NAME);
  }

  /** That a process has ended must be told, also when the reason is too large to be sent. */
  #tellEnd(reason: EncodableTerm, write: (reason: EncodableTerm) => void): void {
    try {
      this.writer.begin();
      write(reason);
      this.finish();
    } catch (error) {
      if (!isHiddenNodeError(error, 'message_too_large')) throw error;
      this.#tellEnd(SYSTEM_LIMIT, write);
    }
  }

  #peerHas(flag: bigint): boolean {
    return (this.peerFlags & flag) !== 0n;
  }

  #remember(from: Pid | undefined, to: Pid | Atom): void {
    this.#lastHeader = this.writer.written();
    this.#lastFrom = from;
    this.#lastTo = to;
  }

  #finishWith(message: EncodableTerm): boolean {
    writePayload(this.writer, message);
    return this.finish();
  }
}
