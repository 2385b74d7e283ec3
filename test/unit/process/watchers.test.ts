/** Who watches a process of ours, one by one. */
import { beforeEach, expect, test } from 'vitest';
import type { SignalSender } from '../../../lib/distribution/control/signals.ts';
import { LocalProcess } from '../../../lib/process/local-process.ts';
import { Watchers } from '../../../lib/process/watchers.ts';
import { type Atom, atom } from '../../../lib/term/atom.ts';
import '../../../lib/term/format.ts';
import { Pid } from '../../../lib/term/pid.ts';
import { Reference } from '../../../lib/term/reference.ts';

const beam = atom('beam@127.0.0.1');
const other = atom('other@127.0.0.1');
const name = atom('calc');
const pid = (id: number, node = beam) => new Pid(node, id, 0, 1);
const reference = (n: number) => new Reference(beam, 1, [n, 0, 0]);

let told: string[];
let watchers: Watchers;
let process: LocalProcess;

beforeEach(() => {
  told = [];
  const sender = {
    monitorExit: (target: Pid | Atom, watcher: Pid, { words }: Reference, reason: unknown) =>
      void told.push(`${target} ${watcher.id} ${words[0]} ${reason}`),
  } as unknown as SignalSender;
  watchers = new Watchers({ to: () => sender, existing: () => sender });
  process = new LocalProcess(pid(1), name, { deliver: () => undefined }, false);
});

const watch = (watcher: Pid, n: number, target: Pid | Atom = name) =>
  watchers.add(process, { watcher, target, reference: reference(n) });

test('one watcher can be told although the process goes on, once', () => {
  watch(pid(7), 1);
  watch(pid(8), 2);
  expect(watchers.tellOne(process, reference(1), atom('oops'))).toBe(true);
  expect(watchers.tellOne(process, reference(1), atom('oops'))).toBe(false);
  expect(watchers.tellOne(process, reference(3), atom('oops'))).toBe(false);
  watchers.ended(process, atom('over'));
  expect(told).toEqual(['calc 7 1 oops', 'calc 8 2 over']);
});

test('the latest monitor by name of a pid is known while it lasts', () => {
  watch(pid(7), 1);
  watch(pid(8), 2);
  watch(pid(7), 3);
  watch(pid(7), 4, pid(1));
  expect(watchers.latest(process, pid(7))).toEqual(reference(3));
  expect(watchers.latest(process, pid(9))).toBeUndefined();
  watchers.remove(reference(1));
  expect(watchers.latest(process, pid(7))).toEqual(reference(3));
  watchers.remove(reference(3));
  expect(watchers.latest(process, pid(7))).toBeUndefined();
  expect(watchers.latest(process, pid(8))).toEqual(reference(2));
  watchers.tellOne(process, reference(2), atom('oops'));
  expect(watchers.latest(process, pid(8))).toBeUndefined();
});

test('what is known of a node or a process goes with it', () => {
  watch(pid(7), 1);
  watch(pid(7, other), 2);
  watchers.nodeDown(beam);
  expect(watchers.latest(process, pid(7))).toBeUndefined();
  expect(watchers.latest(process, pid(7, other))).toEqual(reference(2));
  watchers.ended(process, atom('over'));
  expect(watchers.latest(process, pid(7, other))).toBeUndefined();
  expect(told).toEqual(['calc 7 2 over']);
});
