/**
 * References that messages can be sent to, for as long as they are aliases of a process.
 * Erlang documentation: `erlang:alias/1`, `erlang:monitor/3`; Erlang Reference Manual, "Processes", section "Process Aliases".
 */
import type { Reference } from '../term/reference.ts';
import type { Term } from '../term/term.ts';
import type { LocalProcess } from './local-process.ts';
import { NumberTable } from './number-table.ts';
import { isSameReference, OwnReferences, ownReferenceKey } from './own-references.ts';

/**
 * When an alias ends: by {@link Mailbox.unalias} only; or with the first message to it; or with its monitor, by DOWN or by
 * demonitor; or with either of these, where the message ends the monitor as well.
 */
export type AliasMode = 'explicit_unalias' | 'reply' | 'demonitor' | 'reply_demonitor';

interface Alias {
  readonly process: LocalProcess;
  readonly reference: Reference;
  readonly mode: AliasMode;
}

export class Aliases {
  readonly #aliases = new NumberTable<Alias>();
  readonly #ofProcess = new OwnReferences<Alias>();

  /** @param replied - is told of the first message to an alias that is the reference of a monitor */
  constructor(private readonly replied: (process: LocalProcess, reference: Reference) => void) {}

  add(process: LocalProcess, reference: Reference, mode: AliasMode): void {
    const alias = { process, reference, mode };
    this.#aliases.set(ownReferenceKey(reference), alias);
    this.#ofProcess.set(process, alias);
  }

  /** The process behind an alias. */
  process(reference: Reference): LocalProcess | undefined {
    return this.#find(reference)?.process;
  }

  /** @returns false when it was no alias of the process */
  remove(process: LocalProcess, reference: Reference): boolean {
    if (this.#find(reference)?.process !== process) return false;
    this.#ofProcess.delete(process, reference);
    return this.#aliases.delete(ownReferenceKey(reference));
  }

  /** The monitor of the same reference is over. */
  monitorOver(process: LocalProcess, reference: Reference): void {
    const mode = this.#find(reference)?.mode;
    if (mode === 'demonitor' || mode === 'reply_demonitor') this.remove(process, reference);
  }

  /**
   * Delivers a message, if the process has room for it.
   *
   * @returns false when the reference is no alias, or no longer
   */
  deliver(reference: Reference, hasRoom: (process: LocalProcess) => boolean, read: () => Term): boolean {
    const alias = this.#find(reference);
    if (alias === undefined) return false;
    const { process, mode } = alias;
    if (!hasRoom(process)) return true;
    if (mode === 'reply' || mode === 'reply_demonitor') this.remove(process, reference);
    if (mode === 'reply_demonitor') this.replied(process, reference);
    process.behaviour.deliver(read());
    return true;
  }

  /** A process of ours has ended. */
  ended(process: LocalProcess): void {
    for (const { reference } of this.#ofProcess.take(process)) this.#aliases.delete(ownReferenceKey(reference));
  }

  /** References of other nodes may have the key of one of ours. */
  #find(reference: Reference): Alias | undefined {
    const alias = this.#aliases.get(ownReferenceKey(reference));
    return alias !== undefined && isSameReference(alias.reference, reference) ? alias : undefined;
  }
}
