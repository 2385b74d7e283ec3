/**
 * What processes of a node say to processes of the same node. It takes the way through the codec, so that a message is the
 * same whether it crossed a wire or not, and what is changed in it later does not matter.
 */
import type { SignalHandler, SignalSender, SpawnRequest } from '../distribution/control/signals.ts';
import type { Atom } from '../term/atom.ts';
import { type DecodeOptions, decode } from '../term/decoder.ts';
import { encode } from '../term/encoder.ts';
import type { Pid } from '../term/pid.ts';
import type { Reference } from '../term/reference.ts';
import type { EncodableTerm, Term } from '../term/term.ts';

export class LocalDelivery implements SignalSender {
  constructor(
    private readonly signals: SignalHandler,
    private readonly options: DecodeOptions,
  ) {}

  send(to: Pid, message: EncodableTerm): boolean {
    const read = this.#copy(message);
    return this.#later(() => this.signals.send(to, { readPayload: read }));
  }

  registeredSend(_from: Pid, to: Atom, message: EncodableTerm): boolean {
    const read = this.#copy(message);
    return this.#later(() => this.signals.registeredSend(to, { readPayload: read }));
  }

  aliasSend(_from: Pid, to: Reference, message: EncodableTerm): boolean {
    const read = this.#copy(message);
    return this.#later(() => this.signals.aliasSend(to, { readPayload: read }));
  }

  link(from: Pid, to: Pid): void {
    this.#later(() => this.signals.link(from, to));
  }

  unlink(id: number, from: Pid, to: Pid): boolean {
    return this.#later(() => this.signals.unlink(id, from, to));
  }

  unlinkAcknowledge(id: number | bigint, from: Pid, to: Pid): void {
    this.#later(() => this.signals.unlinkAcknowledge(id, from, to));
  }

  exit(from: Pid, to: Pid, reason: EncodableTerm): void {
    const read = this.#copy(reason);
    this.#later(() => this.signals.exit(from, to, read()));
  }

  exitRequest(from: Pid, to: Pid, reason: EncodableTerm): void {
    const read = this.#copy(reason);
    this.#later(() => this.signals.exitRequest(from, to, read()));
  }

  monitor(watcher: Pid, target: Pid | Atom, reference: Reference): void {
    this.#later(() => this.signals.monitor(watcher, target, reference));
  }

  demonitor(watcher: Pid, target: Pid | Atom, reference: Reference): void {
    this.#later(() => this.signals.demonitor(watcher, target, reference));
  }

  monitorExit(target: Pid | Atom, watcher: Pid, reference: Reference, reason: EncodableTerm): void {
    const read = this.#copy(reason);
    this.#later(() => this.signals.monitorExit(target, watcher, reference, read()));
  }

  spawnRequest(request: SpawnRequest, args: readonly EncodableTerm[]): void {
    const readOptions = this.#copy(request.options);
    const readArguments = this.#copy(args);
    this.#later(() =>
      this.signals.spawnRequest({ ...request, options: readOptions() }, { readPayload: readArguments }),
    );
  }

  spawnReply(reference: Reference, to: Pid, flags: number, result: Pid | Atom): void {
    this.#later(() => this.signals.spawnReply(reference, to, flags, result));
  }

  #copy(term: EncodableTerm): () => Term {
    const bytes = encode(term);
    return () => decode(bytes, this.options);
  }

  /** Not within the call: a handler that answers itself would otherwise never return. */
  #later(deliver: () => void): true {
    queueMicrotask(deliver);
    return true;
  }
}
