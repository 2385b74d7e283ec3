/** Identifiers as keys of a Map: two pids, or references, that are equal as terms have the same key, and others have not. */
import type { Pid } from '../term/pid.ts';
import type { Reference } from '../term/reference.ts';

export function pidKey({ node, creation, id, serial }: Pid): string {
  return `${id}.${serial}.${creation}.${node.name}`;
}

export function referenceKey({ node, creation, words }: Reference): string {
  return `${words.join('.')}.${creation}.${node.name}`;
}
