/** Who watches our processes, to be told when they end. */
import type { Atom } from '../term/atom.ts';
import type { Pid } from '../term/pid.ts';
import type { Reference } from '../term/reference.ts';
import type { Receiver } from './registry.ts';

export interface Monitor {
  watcher: Pid;
  /** As the watcher named it: DOWN repeats a registered name, not the pid behind it. */
  target: Pid | Atom;
  reference: Reference;
}

function key({ node, creation, words }: Reference): string {
  return `${words.join('.')}.${creation}.${node.name}`;
}

export class Monitors {
  readonly #byReceiver = new Map<Receiver, Map<string, Monitor>>();
  readonly #receivers = new Map<string, Receiver>();

  add(receiver: Receiver, monitor: Monitor): void {
    const id = key(monitor.reference);
    const monitors = this.#byReceiver.get(receiver) ?? new Map<string, Monitor>();
    monitors.set(id, monitor);
    this.#byReceiver.set(receiver, monitors);
    this.#receivers.set(id, receiver);
  }

  remove(reference: Reference): void {
    const id = key(reference);
    const receiver = this.#receivers.get(id);
    if (receiver === undefined) return;
    this.#receivers.delete(id);
    const monitors = this.#byReceiver.get(receiver)!;
    monitors.delete(id);
    if (monitors.size === 0) this.#byReceiver.delete(receiver);
  }

  /** Takes away all monitors of a process that ends. */
  takeAll(receiver: Receiver): Monitor[] {
    const monitors = [...(this.#byReceiver.get(receiver)?.values() ?? [])];
    for (const { reference } of monitors) this.remove(reference);
    return monitors;
  }

  /** The watchers of a node are gone with their link. */
  removeNode(node: Atom): void {
    for (const monitors of [...this.#byReceiver.values()]) {
      for (const { watcher, reference } of [...monitors.values()]) if (watcher.node === node) this.remove(reference);
    }
  }
}
