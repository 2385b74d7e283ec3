/**
 * What the processes of a `pg` scope on different nodes tell each other. They are registered under the name of the scope.
 *
 * Version 0 is that of OTP 23 to 28. Version 1 came with OTP 29, which speaks version 0 with those who do. A process says its version when it
 * makes itself known; OTP 25 does not understand that, and each node says how old it is by its distribution flags.
 * Erlang documentation: kernel application, `pg`, `data_publisher`.
 */
import { FLAGS } from '../distribution/flags.ts';
import { Atom, atom } from '../term/atom.ts';
import { Pid } from '../term/pid.ts';
import type { EncodableTerm, Term } from '../term/term.ts';
import { Tuple, tuple } from '../term/tuple.ts';

const GEN_CAST = atom('$gen_cast');
const DISCOVER = atom('discover');
const SYNC = atom('sync');
const JOIN = atom('join');
const LEAVE = atom('leave');
const LOCAL_DATA = atom('local_data');
const UPDATE = atom('update');

export type PgVersion = 0 | 1;

/** Processes have joined a group, or left it; a process that did so twice is there twice. */
export interface GroupChange {
  /** The group: any term. */
  readonly group: Term;
  readonly joined: readonly Pid[];
  readonly left: readonly Pid[];
}

/** What the process of a scope on another node says. */
export type PgMessage =
  | { kind: 'discover'; from: Pid; version: PgVersion }
  | { kind: 'state'; from: Pid; version: PgVersion; groups: [group: Term, members: Pid[]][] }
  | { kind: 'changes'; from: Pid; changes: GroupChange[] };

/** The version to begin with towards a node. The flag came with OTP 28; since OTP 26 a version may be said. */
export function versionFor(flags: bigint): PgVersion {
  return flags & FLAGS.ALTACT_SIG ? 1 : 0;
}

/** `self` makes itself known. */
export function discover(self: Pid, version: PgVersion): EncodableTerm {
  return version === 0 ? tuple(DISCOVER, self) : tuple(DISCOVER, self, version);
}

/** All members that `self` has on its node. */
export function state(
  self: Pid,
  version: PgVersion,
  groups: Iterable<[group: Term, members: Iterable<Pid>]>,
): EncodableTerm {
  const entries = [...groups].map(([group, members]): [Term, Pid[]] => [group, [...members]]);
  if (version === 1) return tuple(GEN_CAST, tuple(LOCAL_DATA, self, version, new Map<Term, Term>(entries)));
  return tuple(
    GEN_CAST,
    tuple(
      SYNC,
      self,
      entries.map(([group, members]) => tuple(group, members)),
    ),
  );
}

/** The messages that tell of changes. `joined` and `left` of a change are not both there. */
export function changes(self: Pid, version: PgVersion, all: readonly GroupChange[]): EncodableTerm[] {
  if (version === 1) {
    return [
      tuple(
        UPDATE,
        self,
        all.map(({ group, joined, left }) => tuple(group, joined, left)),
      ),
    ];
  }
  const joins = all.filter(({ joined }) => joined.length > 0);
  return [
    ...[...leaves(all)].map(([left, groups]) => tuple(LEAVE, self, left, groups)),
    ...joins.map(({ group, joined }) => tuple(JOIN, self, group, joined)),
  ];
}

/** The groups that the same processes leave at the same time: one message is enough for them. */
function leaves(all: readonly GroupChange[]): Map<readonly Pid[], Term[]> {
  const groups = new Map<readonly Pid[], Term[]>();
  for (const { group, left } of all) {
    if (left.length === 0) continue;
    const known = groups.get(left);
    if (known === undefined) groups.set(left, [group]);
    else known.push(group);
  }
  return groups;
}

/** Takes a message apart. Undefined for anything else. */
export function parse(message: Term): PgMessage | undefined {
  const [tag, ...rest] = elementsOf(message);
  if (tag === GEN_CAST && rest.length === 1) return parse(rest[0]);
  const [from, first, second] = rest;
  if (!(tag instanceof Atom && from instanceof Pid)) return undefined;
  switch (`${tag.name}/${rest.length + 1}`) {
    case 'discover/2':
      return { kind: 'discover', from, version: 0 };
    case 'discover/3':
      return { kind: 'discover', from, version: versionOf(first) };
    case 'sync/3':
      return stateOf(from, 0, listOf(first)?.map(elementsOf));
    case 'local_data/4':
      return stateOf(from, versionOf(first), second instanceof Map ? [...second] : undefined);
    case 'join/4':
      return changesOf(from, [[first, second, []]]);
    case 'leave/4':
      return changesOf(
        from,
        listOf(second)?.map((group) => [group, [], first]),
      );
    case 'update/3':
      return changesOf(from, listOf(first)?.map(elementsOf));
    default:
      return undefined;
  }
}

/** Later versions have to understand the last that this one knows. */
function versionOf(version: Term): PgVersion {
  return version === 0 ? 0 : 1;
}

function elementsOf(term: Term): readonly Term[] {
  return term instanceof Tuple ? (term.elements as readonly Term[]) : [];
}

function listOf(term: Term): readonly Term[] | undefined {
  return Array.isArray(term) ? term : undefined;
}

/** One pid or a list of them. */
function pidsOf(term: Term): Pid[] | undefined {
  const list = term instanceof Pid ? [term] : listOf(term);
  return list?.every((each) => each instanceof Pid) ? (list as Pid[]) : undefined;
}

function stateOf(from: Pid, version: PgVersion, entries: (readonly Term[])[] | undefined): PgMessage | undefined {
  const groups: [Term, Pid[]][] = [];
  if (entries === undefined) return undefined;
  for (const entry of entries) {
    const members = pidsOf(entry[1]);
    if (entry.length !== 2 || members === undefined) return undefined;
    groups.push([entry[0], members]);
  }
  return { kind: 'state', from, version, groups };
}

function changesOf(from: Pid, entries: (readonly Term[])[] | undefined): PgMessage | undefined {
  const found: GroupChange[] = [];
  if (entries === undefined) return undefined;
  for (const entry of entries) {
    const [joined, left] = [pidsOf(entry[1]), pidsOf(entry[2])];
    if (entry.length !== 3 || joined === undefined || left === undefined) return undefined;
    found.push({ group: entry[0], joined, left });
  }
  return { kind: 'changes', from, changes: found };
}
