/** Which process has which pid and which name. */
import { HiddenNodeError } from '../errors.ts';
import type { Atom } from '../term/atom.ts';
import type { Pid } from '../term/pid.ts';
import type { LocalProcess } from './local-process.ts';

/** ei makes ids of 15 bits and serials of 13; both fit a number with room to spare. */
function key(pid: Pid): number {
  return pid.serial * 2 ** 32 + pid.id;
}

export class Registry {
  readonly #processes = new Map<number, LocalProcess>();
  readonly #names = new Map<Atom, LocalProcess>();

  /** @param pid - one of this node's */
  process(pid: Pid): LocalProcess | undefined {
    return this.#processes.get(key(pid));
  }

  named(name: Atom): LocalProcess | undefined {
    return this.#names.get(name);
  }

  /** @throws `registered_name_taken` */
  add(process: LocalProcess): void {
    const { name } = process;
    if (name !== undefined) {
      if (this.#names.has(name)) {
        throw new HiddenNodeError('registered_name_taken', `the name ${name} is registered already`, {
          name: name.name,
        });
      }
      this.#names.set(name, process);
    }
    this.#processes.set(key(process.pid), process);
  }

  remove(process: LocalProcess): void {
    this.#processes.delete(key(process.pid));
    if (process.name !== undefined) this.#names.delete(process.name);
  }
}
