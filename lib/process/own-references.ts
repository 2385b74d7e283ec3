/**
 * What processes of this node know by a reference that this node has made. The words of such references count up, so two of them tell
 * each from every other; but those of other nodes, and of earlier incarnations of this one, may have the same, and are told apart here.
 */
import type { Reference } from '../term/reference.ts';
import type { LocalProcess } from './local-process.ts';
import { MapPerProcess } from './map-per-process.ts';

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
  readonly #values = new MapPerProcess<number, Value>();

  get(process: LocalProcess, reference: Reference): Value | undefined {
    const value = this.#values.get(process, ownReferenceKey(reference));
    return value !== undefined && isSameReference(value.reference, reference) ? value : undefined;
  }

  set(process: LocalProcess, value: Value): void {
    this.#values.set(process, ownReferenceKey(value.reference), value);
  }

  delete(process: LocalProcess, reference: Reference): boolean {
    return this.get(process, reference) !== undefined && this.#values.delete(process, ownReferenceKey(reference));
  }

  /** Takes away everything of a process. */
  take(process: LocalProcess): Value[] {
    return this.#values.take(process);
  }

  /** Takes away all that are chosen. */
  takeIf(chosen: (value: Value) => boolean): [process: LocalProcess, value: Value][] {
    return this.#values.takeIf(chosen);
  }
}
