/** What is known of the groups of a scope, and what its processes tell each other. */
import { describe, expect, test } from 'vitest';
import { atom, Pid, type Term, tuple } from '../../../lib/index.ts';
import { GroupTable } from '../../../lib/names/group-table.ts';
import { PgMonitor } from '../../../lib/names/pg-monitor.ts';
import { changes, discover, type GroupChange, parse, state, versionFor } from '../../../lib/names/pg-protocol.ts';
import { PidBag } from '../../../lib/names/pid-bag.ts';
import { decode } from '../../../lib/term/decoder.ts';
import { encode } from '../../../lib/term/encoder.ts';

const node = atom('a@b');
const [self, p, q, r] = [1, 2, 3, 4].map((id) => new Pid(node, id, 0, 7)) as [Pid, Pid, Pid, Pid];
/** Equal to `p`, and another object. */
const sameAsP = new Pid(node, 2, 0, 7);
const [g, h] = [atom('g'), atom('h')];

describe('a bag of pids', () => {
  test('holds each as often as it was put in', () => {
    const bag = new PidBag([p, q, sameAsP]);
    expect([...bag]).toEqual([p, p, q]);
    expect([bag.remove(sameAsP), bag.remove(p), bag.remove(p), bag.remove(r)]).toEqual([true, true, false, false]);
    expect([...bag]).toEqual([q]);
    expect(bag.isEmpty).toBe(false);
    bag.remove(q);
    expect(bag.isEmpty).toBe(true);
  });
});

describe('a table of groups', () => {
  test('has the groups that have members', () => {
    const table = new GroupTable([
      [g, [p, q]],
      [h, []],
      [g, [p]],
    ]);
    expect([...table.groups()]).toEqual([g]);
    expect([...table.members(g)]).toEqual([p, p, q]);
    expect([...table.members(h)]).toEqual([]);
    expect(table.leave(h, [p])).toEqual([]);
    expect(table.leave(g, [p, p, p, r])).toEqual([p, p]);
    expect(table.leave(g, [q])).toEqual([q]);
    expect([...table]).toEqual([]);
  });

  test('says what changes make it another', () => {
    const before = new GroupTable([
      [g, [p, p, q]],
      [h, [p]],
      ['same', [p, q]],
    ]);
    const after = new GroupTable([
      [g, [p, r, r]],
      ['new', [q]],
      ['same', [q, p]],
    ]);
    expect([...before.changesTo(after)]).toEqual([
      { group: g, joined: [r, r], left: [p, q] },
      { group: h, joined: [], left: [p] },
      { group: 'new', joined: [q], left: [] },
    ]);
    expect([...after.changesTo(after)]).toEqual([]);
  });
});

/** As it arrives over there. */
function sent(message: Parameters<typeof encode>[0]) {
  return parse(decode(encode(message)));
}

describe('the protocol', () => {
  test.each([
    ['OTP 23 to 27', 0n, 0],
    ['OTP 28 and later', 1n << 37n, 1],
  ] as const)('%s begins with its version', (_, flags, version) => {
    expect(versionFor(flags)).toBe(version);
  });

  test.each([0, 1] as const)('of version %d is understood', (version) => {
    expect(sent(discover(self, version))).toEqual({ kind: 'discover', from: self, version });
    const groups: [Term, Pid[]][] = [
      [g, [p, q, p]],
      [tuple(1, 2), [r]],
    ];
    expect(sent(state(self, version, groups))).toEqual({ kind: 'state', from: self, version, groups });
    expect(sent(state(self, version, []))).toEqual({ kind: 'state', from: self, version, groups: [] });
    const left = [p, p];
    const all: GroupChange[] = [
      { group: g, joined: [], left },
      { group: h, joined: [], left },
      { group: 1, joined: [q], left: [] },
    ];
    const messages = changes(self, version, all).map(sent);
    expect(messages).toHaveLength(version === 1 ? 1 : 2);
    expect(messages.flatMap((each) => (each?.kind === 'changes' ? each.changes : []))).toEqual(all);
  });

  test('has the forms of Erlang', () => {
    const change = { group: g, joined: [p], left: [] };
    const leaving = { group: g, joined: [], left: [p] };
    expect(discover(self, 0)).toEqual(tuple(atom('discover'), self));
    expect(discover(self, 1)).toEqual(tuple(atom('discover'), self, 1));
    expect(state(self, 0, [[g, [p]]])).toEqual(tuple(atom('$gen_cast'), tuple(atom('sync'), self, [tuple(g, [p])])));
    expect(state(self, 1, [[g, [p]]])).toEqual(
      tuple(atom('$gen_cast'), tuple(atom('local_data'), self, 1, new Map([[g, [p]]]))),
    );
    expect(changes(self, 0, [change])).toEqual([tuple(atom('join'), self, g, [p])]);
    expect(changes(self, 0, [leaving])).toEqual([tuple(atom('leave'), self, [p], [g])]);
    expect(changes(self, 1, [change])).toEqual([tuple(atom('update'), self, [tuple(g, [p], [])])]);
  });

  test('takes one pid for a list, later versions for this, and casts for messages', () => {
    expect(parse(tuple(atom('join'), self, g, p))).toEqual({
      kind: 'changes',
      from: self,
      changes: [{ group: g, joined: [p], left: [] }],
    });
    expect(parse(tuple(atom('leave'), self, p, [g, h]))).toMatchObject({ changes: [{ left: [p] }, { left: [p] }] });
    expect(parse(tuple(atom('discover'), self, 2))).toEqual({ kind: 'discover', from: self, version: 1 });
    expect(parse(tuple(atom('discover'), self, atom('any')))).toMatchObject({ version: 1 });
    expect(parse(tuple(atom('$gen_cast'), tuple(atom('discover'), self)))).toMatchObject({ kind: 'discover' });
    expect(parse(tuple(atom('sync'), self, []))).toMatchObject({ kind: 'state' });
  });

  test.each<[string, Term]>([
    ['no tuple', atom('discover')],
    ['a number', 1],
    ['nothing', undefined],
    ['an empty tuple', tuple()],
    ['no pid', tuple(atom('discover'), g)],
    ['another arity', tuple(atom('join'), self, g)],
    ['another tag', tuple(atom('hello'), self)],
    ['a tag that is no atom', tuple([1, 2], self)],
    ['members that are no list', tuple(atom('join'), self, g, h)],
    ['members that are no pids', tuple(atom('join'), self, g, [p, g])],
    ['groups that are no list', tuple(atom('leave'), self, p, g)],
    ['a state that is no list', tuple(atom('sync'), self, g)],
    ['a state of no pairs', tuple(atom('sync'), self, [g])],
    ['a state of triples', tuple(atom('sync'), self, [tuple(g, [p], [p])])],
    ['a state that is no map', tuple(atom('local_data'), self, 1, [])],
    ['an update of pairs', tuple(atom('update'), self, [tuple(g, [p])])],
    ['an update that is no list', tuple(atom('update'), self, g)],
  ])('takes %s for nothing', (_, message) => {
    expect(parse(message)).toBeUndefined();
    expect(parse(tuple(atom('$gen_cast'), message))).toBeUndefined();
  });
});

describe('a monitor', () => {
  const change = (group: Term): GroupChange => ({ group, joined: [p], left: [] });

  test('serves several waiters in turn, and keeps what nobody waits for', async () => {
    const monitor = new PgMonitor(() => undefined);
    const [one, two] = [monitor[Symbol.asyncIterator](), monitor[Symbol.asyncIterator]()];
    const waiting = [one.next(), two.next()];
    for (const group of [1, 2, 3, 4]) monitor.put(change(group));
    expect((await Promise.all(waiting)).map(({ value }) => value?.group)).toEqual([1, 2]);
    monitor.end();
    expect((await one.next()).value?.group).toBe(3);
    expect((await two.next()).value?.group).toBe(4);
    expect([await one.next(), await two.next()]).toEqual([
      { done: true, value: undefined },
      { done: true, value: undefined },
    ]);
  });

  test('that is closed is forgotten, drops what waits, and ends loops', async () => {
    const forgotten: unknown[] = [];
    const monitor = new PgMonitor((each) => forgotten.push(each));
    monitor.put(change(1));
    const loop = (async () => {
      const seen: Term[] = [];
      for await (const { group } of monitor) seen.push(group);
      return seen;
    })();
    await Promise.resolve();
    monitor.put(change(2));
    monitor.close();
    expect(forgotten).toEqual([monitor]);
    expect((await loop).length).toBeLessThanOrEqual(2);
    expect(await monitor[Symbol.asyncIterator]().next()).toEqual({ done: true, value: undefined });
  });
});
