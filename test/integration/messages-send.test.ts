/** Sending: to every kind of destination, over a link, before there is one, and within the node. */
import { describe, expect, test } from 'vitest';
import { atom, type HiddenNode, Reference, registered, type Tuple, tuple } from '../../lib/index.ts';
import { uniqueName, useCluster } from '../helpers/cluster.ts';
import { failure, until } from '../helpers/until.ts';

const { cluster, beam } = useCluster((beam) => beam.erlang.evaluate('register(shell, self())'));

/** The next message to the evaluating process, printed. */
function received(): Promise<string> {
  return beam.erlang.evaluate('(fun() -> receive {told, Message} -> Message after 10000 -> silence end end)()');
}

function told(message: Parameters<HiddenNode['send']>[1]) {
  return tuple(atom('told'), message);
}

/** Numbers from 1 to `last` in order, or what is wrong. */
function countedTo(last: number): Promise<string> {
  return beam.erlang.evaluate(
    `(fun F(${last + 1}) -> in_order; F(N) -> receive {n, N} -> F(N + 1); {n, M} -> {M, instead_of, N} after 10000 -> {lost, N} end end)(1)`,
  );
}

describe('to a process of an Erlang node', () => {
  test('by its registered name, its pid, and its alias', async () => {
    const node = await cluster.node();
    node.send(registered('shell', beam.name), told('by name'));
    expect(await received()).toBe('<<"by name">>');
    const inbox = node.mailbox('inbox');
    await beam.erlang.evaluate(`put(alias, alias()), {inbox, '${node.name}'} ! {self(), get(alias)}`);
    const { elements } = (await inbox.receive({ timeout: 5_000 })) as Tuple<[typeof node.pid, Reference]>;
    node.send(elements[0], told('by pid'));
    expect(await received()).toBe('<<"by pid">>');
    expect(elements[1]).toBeInstanceOf(Reference);
    inbox.send(elements[1], told('by alias'));
    expect(await received()).toBe('<<"by alias">>');
  });

  test('goes out although whoever asked for the connection gave up', async () => {
    const node = await cluster.node();
    const impatient = failure(node.connect(beam.name, { timeout: 0 }));
    node.send(registered('shell', beam.name), told('patient'));
    expect(await impatient).toMatchObject({ code: 'timeout' });
    expect(await received()).toBe('<<"patient">>');
  });

  test('an alias that was given up takes no more messages', async () => {
    const node = await cluster.node();
    const inbox = node.mailbox('inbox');
    await beam.erlang.evaluate(`put(alias, alias()), {inbox, '${node.name}'} ! get(alias)`);
    const alias = (await inbox.receive({ timeout: 5_000 })) as Reference;
    await beam.erlang.evaluate('unalias(get(alias))');
    node.send(alias, told('to nobody'));
    node.send(registered('shell', beam.name), told('after'));
    expect(await received()).toBe('<<"after">>');
  });

  test('the order is kept, also among names and pids', async () => {
    const node = await cluster.node();
    const inbox = node.mailbox('inbox');
    await beam.erlang.evaluate(`{inbox, '${node.name}'} ! self()`);
    const shell = (await inbox.receive({ timeout: 5_000 })) as typeof node.pid;
    for (let n = 1; n <= 5_000; n++) {
      node.send(n % 3 === 0 ? registered('shell', beam.name) : shell, tuple(atom('n'), n));
    }
    expect(await countedTo(5_000)).toBe('in_order');
  });

  test('the order is kept when messages of very different sizes follow each other', async () => {
    const node = await cluster.node();
    const sizes = [1, 100, 65_536, 10, 300_000, 5, 65_530, 1_000_000, 0];
    for (const [i, size] of sizes.entries()) {
      node.send(registered('shell', beam.name), tuple(atom('size'), i, Buffer.alloc(size, i)));
    }
    expect(
      await beam.erlang.evaluate(
        '[receive {size, I, Bin} -> {byte_size(Bin), Bin =:= binary:copy(<<I>>, byte_size(Bin))} after 10000 -> lost end || I <- lists:seq(0, 8)]',
      ),
    ).toBe(`[${sizes.map((size) => `{${size},true}`).join(',')}]`);
  });

  test('the message is taken as it is at the call, whatever happens to it later', async () => {
    const node = await cluster.node();
    const list = [1, 2, 3];
    const bytes = Buffer.from('abc');
    node.send(registered('shell', beam.name), told(tuple(list, bytes)));
    list.push(4);
    bytes.fill(0);
    expect(await received()).toBe('{[1,2,3],<<"abc">>}');
  });

  test('different names in turn each get their own', async () => {
    const node = await cluster.node();
    await beam.erlang.evaluate(`[register(Name, spawn(fun() ->
      Loop = fun F(Seen) -> receive {n, N} -> F([N | Seen]); tell -> shell ! {told, {Name, lists:reverse(Seen)}} end end,
      Loop([])
    end)) || Name <- [first, second, third]]`);
    const names = ['first', 'second', 'third'];
    for (let n = 0; n < 9; n++) node.send(registered(names[n % 3]!, beam.name), tuple(atom('n'), n));
    for (const [i, name] of names.entries()) {
      node.send(registered(name, beam.name), atom('tell'));
      expect(await received()).toBe(`{${name},[${i},${i + 3},${i + 6}]}`);
    }
  });

  test('what comes from a mailbox has the mailbox as its sender', async () => {
    const node = await cluster.node();
    const inbox = node.mailbox('asker');
    await beam.erlang.evaluate(
      `register(echo, spawn(fun F() -> receive {From, What} -> From ! {answer, What}, F() end end))`,
    );
    inbox.send(registered('echo', beam.name), tuple(inbox.pid, 42));
    expect(await inbox.receive({ timeout: 5_000 })).toEqual(tuple(atom('answer'), 42));
  });
});

describe('to a node without a link', () => {
  test('connects, and everything arrives in order: before, while and after the link comes up', async () => {
    const node = await cluster.node();
    const shell = registered('shell', beam.name);
    let n = 0;
    while (!node.nodes().includes(beam.name)) {
      for (let i = 0; i < 50; i++) node.send(shell, tuple(atom('n'), ++n));
      await new Promise((resolve) => setImmediate(resolve));
    }
    for (let i = 0; i < 50; i++) node.send(shell, tuple(atom('n'), ++n));
    expect(n).toBeGreaterThan(100);
    expect(await countedTo(n)).toBe('in_order');
  });

  test('the event linkfailed says how many messages were lost when no link comes about', async () => {
    const node = await cluster.node();
    const failed = new Promise<unknown[]>((resolve) => node.on('linkfailed', (...facts) => resolve(facts)));
    const nobody = uniqueName('nobody');
    for (let i = 0; i < 7; i++) node.send(registered('x', nobody), i);
    const [peer, reason, lost] = await failed;
    expect(peer).toBe(nobody);
    expect(reason).toMatchObject({ code: 'peer_unknown' });
    expect(lost).toBe(7);
  });

  test('the next send after a failure tries again', async () => {
    const node = await cluster.node();
    const name = uniqueName('late');
    const failed = new Promise((resolve) => node.once('linkfailed', resolve));
    node.send(registered('shell', name), told('lost'));
    await failed;
    const late = await cluster.beam({ name });
    await late.erlang.evaluate('register(shell, self())');
    node.send(registered('shell', name), told('found'));
    expect(await late.erlang.evaluate('receive {told, Message} -> Message after 10000 -> silence end')).toBe(
      '<<"found">>',
    );
  });

  test('what was sent during a connect that was asked for goes out with its link', async () => {
    const node = await cluster.node();
    const connecting = node.connect(beam.name);
    node.send(registered('shell', beam.name), told('meanwhile'));
    await connecting;
    expect(await received()).toBe('<<"meanwhile">>');
  });
});

describe('within the node', () => {
  test('to a pid and to a name, in order, and not within the call', async () => {
    const node = await cluster.node();
    const inbox = node.mailbox('self');
    for (let n = 1; n <= 100; n++) {
      node.send(n % 2 ? inbox.pid : registered('self', node.name), n);
    }
    expect(inbox.size).toBe(0);
    for (let n = 1; n <= 100; n++) expect(await inbox.receive({ timeout: 1_000 })).toBe(n);
  });

  test('a message is the same as over a wire: strings become binaries, and it is a copy', async () => {
    const node = await cluster.node();
    const inbox = node.mailbox();
    const list = ['text'];
    node.send(inbox.pid, list);
    list.push('later');
    expect(await inbox.receive({ timeout: 1_000 })).toEqual([Buffer.from('text')]);
  });

  test('what is sent to nobody is dropped', async () => {
    const node = await cluster.node();
    const closed = node.mailbox('gone');
    closed.close();
    expect(node.send(closed.pid, 1)).toBe(true);
    expect(node.send(registered('gone', node.name), 2)).toBe(true);
    expect(node.send(node.reference(), 3)).toBe(true);
  });
});

describe('a value that is no term', () => {
  const cyclic: unknown[] = [];
  cyclic.push(cyclic);
  test.each([
    ['a function', () => undefined],
    ['a symbol', Symbol('s')],
    ['NaN', Number.NaN],
    ['an object with a function inside', { deep: [1, { deeper: () => undefined }] }],
    ['a class instance', new Date()],
    ['a list that holds itself', cyclic],
  ])('%s throws, and nothing of it goes out', async (_what, value) => {
    const node = await cluster.node();
    const shell = registered('shell', beam.name);
    node.send(shell, told('before'));
    const big = [Buffer.alloc(200_000), value] as never;
    const error = await failure(() => node.send(shell, big));
    expect((error as { code: string }).code).toMatch(/^(not_a_term|term_too_deep)$/);
    expect(await failure(() => node.mailbox().send(node.pid, value as never))).toMatchObject({
      name: 'HiddenNodeError',
    });
    node.send(shell, told('after'));
    expect(await received()).toBe('<<"before">>');
    expect(await received()).toBe('<<"after">>');
    expect(node.nodes()).toEqual([beam.name]);
  });

  test('a getter that sends to the same node is refused, and what else is sent arrives whole', async () => {
    const node = await cluster.node();
    await node.connect(beam.name);
    const to = registered('shell', beam.name);
    const nested = {
      get inner() {
        node.send(to, told('inner'));
        return 1;
      },
    };
    expect(() => node.send(to, told(nested))).toThrow(/getter/);
    node.send(to, told('after'));
    expect(await received()).toBe('<<"after">>');
    expect(node.nodes()).toEqual([beam.name]);
  });

  test('neither do a rpc and a cast with one, and the link stays', async () => {
    const node = await cluster.node();
    await node.connect(beam.name);
    const bad = [Symbol('s')] as never[];
    expect(await failure(node.rpc(beam.name, 'erlang', 'hd', bad))).toMatchObject({ code: 'not_a_term' });
    expect(await failure(() => node.rpcCast(beam.name, 'erlang', 'hd', bad))).toMatchObject({ code: 'not_a_term' });
    expect(await node.ping(beam.name)).toBe(true);
  });

  test('a destination that is none is refused', async () => {
    const node = await cluster.node();
    for (const to of ['name', atom('name'), tuple(atom('a'), atom('b')), undefined, 1]) {
      expect(await failure(() => node.send(to as never, 1))).toMatchObject({ code: 'invalid_argument' });
    }
    expect(await failure(() => node.send(registered('x', 'nohost'), 1))).toMatchObject({ code: 'invalid_node_name' });
  });
});

test('messages of a process that has never been heard of are dropped, and the link stays', async () => {
  const node = await cluster.node();
  await node.connect(beam.name);
  await beam.erlang.evaluate(`{unheard_of, '${node.name}'} ! hello`);
  expect(await node.ping(beam.name)).toBe(true);
  await until('the message to be counted', () => (node.stats()[beam.name]?.messagesIn ?? 0) > 0);
});
