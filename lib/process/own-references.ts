/**
 * What processes of this node know by a reference that this node has made. The words of such references count up, so two of them tell
 * each from every other; but those of other nodes, and of earlier incarnations of this one, may have the same, and are told apart here.
 */
import type { Reference } from '../term/reference.ts';
import type { LocalProcess } from './local-process.ts';
import { NumberTable } from './number-table.ts';

/** The first word of a reference of ours has 18 bits. */
const FIRST_WORD_BITS = 18;

/** A key for a reference that this node has made. */
export function ownReferenceKey({ words }: Reference): number {
  return words[1] * 2 ** FIRST_WORD_BITS + words[0];
}

/** Whether a reference is the one of ours that has its key. */
export function isSameReference(ours: Reference, other: Reference): boolean {
  if (ours === other) return true;
  return (
    ours.node === other.node &&
    ours.creation === other.creation &&
    ours.words.length === other.words.length &&
    ours.words.every((word, i) => word === other.words[i])
  );
}

/** What is known by a reference names it. */
export interface Referenced {
  readonly reference: Reference;
}

export class OwnReferences<Value extends Referenced> {
  /** For each process a table, which is there only as long as it has entries. */
  readonly #tables = new Map<LocalProcess, NumberTable<Value>>();

  get(process: LocalProcess, reference: Reference): Value | undefined {
    const value = this.#tables.get(process)?.get(ownReferenceKey(reference));
    return value !== undefined && isSameReference(value.reference, reference) ? value : undefined;
  }

  set(process: LocalProcess, value: Value): void {
    let table = this.#tables.get(process);
    if (table === undefined) {
      table = new NumberTable();
      this.#tables.set(process, table);
    }
    table.set(ownReferenceKey(value.reference), value);
  }

  delete(process: LocalProcess, reference: Reference): boolean {
    if (this.get(process, reference) === undefined) return false;
    this.#remove(process, this.#tables.get(process)!, ownReferenceKey(reference));
    return true;
  }

  /** Takes away everything of a process. */
  take(process: LocalProcess): Value[] {
    const table = this.#tables.get(process);
    this.#tables.delete(process);
    return table === undefined ? [] : table.entries().map(([, value]) => value);
  }

  /** Takes away all that are chosen. */
  takeIf(chosen: (value: Value) => boolean): [process: LocalProcess, value: Value][] {
    const taken: [LocalProcess, Value][] = [];
    for (const [process, table] of this.#tables) {
      for (const [key, value] of table.entries()) {
        if (!chosen(value)) continue;
        this.#remove(process, table, key);
        taken.push([process, value]);
      }
    }
    return taken;
  }

  #remove(process: LocalProcess, table: NumberTable<Value>, key: number): void {
    table.delete(key);
    if (table.size === 0) this.#tables.delete(process);
  }
}
