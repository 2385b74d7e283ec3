/** Which process has which pid and which name. */
import { HiddenNodeError } from '../errors.ts';
import type { Atom } from '../term/atom.ts';
import type { Pid } from '../term/pid.ts';
import type { Term } from '../term/term.ts';

/** Whatever can be sent a message. */
export interface Receiver {
  deliver(message: Term): void;
}

/** ei makes ids of 15 bits and serials of 13; both fit a number with room to spare. */
function key(pid: Pid): number {
  return pid.serial * 2 ** 32 + pid.id;
}

export class Registry {
  readonly #processes = new Map<number, Receiver>();
  readonly #names = new Map<Atom, Receiver>();

  /** @param pid - one of this node's */
  process(pid: Pid): Receiver | undefined {
    return this.#processes.get(key(pid));
  }

  named(name: Atom): Receiver | undefined {
    return this.#names.get(name);
  }

  /** @throws `registered_name_taken` */
  add(receiver: Receiver, pid: Pid, name?: Atom): void {
    if (name !== undefined) {
      if (this.#names.has(name)) {
        throw new HiddenNodeError('registered_name_taken', `the name ${name} is registered already`, {
          name: name.name,
        });
      }
      this.#names.set(name, receiver);
    }
    this.#processes.set(key(pid), receiver);
  }

  remove(pid: Pid, name?: Atom): void {
    this.#processes.delete(key(pid));
    if (name !== undefined) this.#names.delete(name);
  }
}
