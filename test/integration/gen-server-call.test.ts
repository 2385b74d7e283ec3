/** Calls and casts to gen_servers of real Erlang nodes, and to servers of the node itself. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { beforeEach, describe, expect, test } from 'vitest';
import {
  atom,
  type DroppedEvent,
  format,
  type HiddenNode,
  HiddenNodeError,
  type Pid,
  registered,
  type Term,
  tuple,
} from '../../lib/index.ts';
import { uniqueName, useCluster } from '../helpers/cluster.ts';
import { load } from '../helpers/load.ts';
import { failure, until } from '../helpers/until.ts';

const CALC = new URL('./erlang/calc_server.erl', import.meta.url);
const { cluster, beam } = useCluster(({ erlang }) => load(erlang, CALC));

let node: HiddenNode;
let name: string;
let counter = 0;

const add = (a: number, b: number) => tuple(atom('add'), a, b);
const log = (what: Term) => tuple(atom('log'), what);
const release = (what: Term) => tuple(atom('release'), what);
const held = (at = beam) => at.erlang.evaluate(`gen_server:call(${name}, held)`);

/** A server of its own for each test, so that what one leaves behind does not matter. */
beforeEach(async () => {
  name = `calc${++counter}`;
  await beam.erlang.evaluate(`calc_server:start(${name})`);
  node = await cluster.node();
});

const server = () => registered(name, beam.name);

/** Who monitors the server. */
async function monitors(count: number): Promise<void> {
  await beam.erlang.evaluateUntil(
    `length(element(2, process_info(whereis(${name}), monitored_by)))`,
    String(count),
    5_000,
  );
}

describe('call to a gen_server', () => {
  test('gives the answer, by name and by pid, connecting first', async () => {
    expect(node.nodes()).toEqual([]);
    expect(await node.call(server(), add(1, 2))).toBe(3);
    const pid = await node.rpc<Pid>(beam.name, 'erlang', 'whereis', [atom(name)]);
    expect(await node.call(pid, add(3, 4))).toBe(7);
    await monitors(0);
  });

  test('asks the servers of Erlang itself', async () => {
    const children = await node.call<Term[]>(registered('kernel_sup', beam.name), atom('which_children'));
    expect(format(children)).toContain('{net_sup,<');
  });

  test('calls, casts and messages of one turn arrive in order, also while the connection is being opened', async () => {
    const answers = [node.call(server(), log(1))];
    node.cast(server(), log(2));
    answers.push(node.call(server(), log(3)));
    node.send(server(), log(4));
    answers.push(node.call(server(), log(5)));
    // The same when there is a connection, and in the moment in which it comes up.
    node.on('nodeup', () => answers.push(node.call(server(), log(6))));
    expect(await Promise.all(answers)).toEqual([1, 3, 5]);
    answers.push(node.call(server(), log(7)));
    node.cast(server(), log(8));
    await Promise.all(answers);
    expect(await node.call(server(), atom('log'))).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });

  test('a thousand at once, answered in any order, each get their own answer', async () => {
    const waiting = Array.from({ length: 500 }, () => node.call(server(), atom('hold')));
    const answered = Array.from({ length: 500 }, (_, n) => node.call(server(), add(n, n)));
    expect(await Promise.all(answered)).toEqual(Array.from({ length: 500 }, (_, n) => 2 * n));
    node.cast(server(), release('all'));
    expect(await Promise.all(waiting)).toEqual(Array(500).fill(Buffer.from('all')));
    await monitors(0);
  });

  test('an answer may be any term', async () => {
    const values = [undefined, null, true, [], new Map([[1, tuple(2)]]), atom('timeout'), 2n ** 70n];
    for (const value of values) expect(await node.call(server(), log(value as Term))).toEqual(value);
  });
});

describe('call rejects with process_down', () => {
  const reasonOf = async (call: Promise<unknown>) => {
    const error = await failure(call);
    expect(error).toBeInstanceOf(HiddenNodeError);
    const { code, facts } = error as HiddenNodeError;
    expect(code).toBe('process_down');
    expect(facts.node).toBe(beam.name);
    return format(facts.reason);
  };

  test('and noproc when there is no such process', async () => {
    expect(await reasonOf(node.call(registered('nobody', beam.name), 1))).toBe('noproc');
    const pid = await node.rpc<Pid>(beam.name, 'erlang', 'whereis', [atom(name)]);
    await beam.erlang.evaluate(`gen_server:stop(${name})`);
    expect(await reasonOf(node.call(pid, 1))).toBe('noproc');
  });

  test.each([
    { request: 'an error', term: tuple(atom('fail'), atom('error'), 'broken') },
    { request: 'an exit', term: tuple(atom('fail'), atom('exit'), tuple(atom('gone'), 1.5)) },
    { request: 'a bad return value', term: tuple(atom('fail'), atom('throw'), atom('ball')) },
    { request: 'a stop without an answer', term: tuple(atom('stop'), atom('normal')) },
    { request: 'a failed calculation', term: tuple(atom('add'), 'text', 1) },
  ])('and the reason that Erlang sees: $request', async ({ term }) => {
    const here = await reasonOf(node.call(server(), term));
    await beam.erlang.evaluate(`calc_server:start(${name})`);
    const there = await beam.erlang.evaluate(
      `{'EXIT', {Reason_${name}, _}} = (catch gen_server:call({${name}, node()}, ${format(term)})), Reason_${name}`,
    );
    expect(here).toBe(there);
  });

  test('and the reason of an exit signal', async () => {
    const call = reasonOf(node.call(server(), atom('hold')));
    await until('the request', async () => (await held()) === '1');
    await beam.erlang.evaluate(`exit(whereis(${name}), kill)`);
    expect(await call).toBe('killed');
  });

  test('the answer of a server that ends with it comes first', async () => {
    expect(await node.call(server(), tuple(atom('stop'), atom('normal'), 'last'))).toEqual(Buffer.from('last'));
    expect(await reasonOf(node.call(server(), 1))).toBe('noproc');
  });

  test('a long reason is cut in the message and whole in the facts', async () => {
    const long = tuple(atom('fail'), atom('exit'), 'x'.repeat(100_000));
    const error = (await failure(node.call(server(), long))) as HiddenNodeError;
    expect(error.message.length).toBeLessThan(1_000);
    expect((error.facts.reason as Buffer).length).toBe(100_000);
  });
});

describe('call to what cannot answer', () => {
  test('rejects with noconnection when the node is killed in mid-call', async () => {
    const doomed = await cluster.beam();
    await load(doomed.erlang, CALC);
    await doomed.erlang.evaluate(`calc_server:start(${name})`);
    const calls = Array.from({ length: 20 }, () =>
      failure(node.call(registered(name, doomed.name), atom('hold'), { timeout: 60_000 })),
    );
    await until('the requests', async () => (await held(doomed)) === '20');
    await doomed.erlang.stop();
    for (const error of await Promise.all(calls)) {
      expect(error).toMatchObject({ code: 'noconnection', facts: { node: doomed.name } });
    }
    // The other node is not concerned.
    expect(await node.call(server(), add(1, 1))).toBe(2);
  });

  test('rejects with noconnection when this node closes the link', async () => {
    const call = failure(node.call(server(), atom('hold')));
    await until('the request', async () => (await held()) === '1');
    await node.disconnect(beam.name);
    expect(await call).toMatchObject({ code: 'noconnection', facts: { reason: 'disconnected' } });
  });

  test('rejects with what the connection failed with when none comes about', async () => {
    const nobody = registered(name, uniqueName('nobody'));
    expect(await failure(node.call(nobody, 1))).toMatchObject({ code: 'peer_unknown' });
    expect(await failure(node.call(registered(name, 'x'), 1))).toMatchObject({ code: 'invalid_node_name' });
    expect(await failure(node.call(registered(name, 'x@short'), 1))).toMatchObject({ code: 'name_domain_mismatch' });
  });

  test('rejects after its time; the late answer is dropped and counted, and the monitor is gone', async () => {
    await node.connect(beam.name);
    const dropped: DroppedEvent[] = [];
    const listen = (message: unknown) => void dropped.push(message as DroppedEvent);
    subscribe('hidden-node:dropped', listen);
    try {
      const error = await failure(node.call(server(), atom('hold'), { timeout: 200 }));
      expect(error).toMatchObject({ code: 'timeout', facts: { node: beam.name, timeout: 200 } });
      await monitors(0);
      node.cast(server(), release('late'));
      await until('the late answer', () => dropped.length > 0);
      expect(dropped).toEqual([{ node: node.name, to: 'alias', reason: 'no_alias', count: 1 }]);
    } finally {
      unsubscribe('hidden-node:dropped', listen);
    }
    expect(await node.call(server(), add(1, 2))).toBe(3);
  });

  test('rejects when its signal fires; not even sent when it has fired before', async () => {
    const abort = new AbortController();
    const call = failure(node.call(server(), atom('hold'), { signal: abort.signal }));
    await until('the request', async () => (await held()) === '1');
    const reason = new Error('enough');
    abort.abort(reason);
    expect(await call).toMatchObject({ code: 'aborted', cause: reason });
    const late = node.call(server(), log('never'), { signal: abort.signal });
    expect(await failure(late)).toMatchObject({ code: 'aborted', cause: reason });
    expect(await node.call(server(), atom('log'))).toEqual([]);
    await monitors(0);
  });

  test('a call that gives up while it connects is not made later', async () => {
    const frozen = await cluster.beam();
    await load(frozen.erlang, CALC);
    await frozen.erlang.evaluate(`calc_server:start(${name})`);
    frozen.erlang.signal('SIGSTOP');
    const call = node.call(registered(name, frozen.name), log('late'), { timeout: 300 });
    expect(await failure(call)).toMatchObject({ code: 'timeout' });
    frozen.erlang.signal('SIGCONT');
    expect(await node.call(registered(name, frozen.name), atom('log'))).toEqual([]);
  });

  test('one that waits longer is not harmed by one that gives up', async () => {
    const frozen = await cluster.beam();
    await load(frozen.erlang, CALC);
    await frozen.erlang.evaluate(`calc_server:start(${name})`);
    frozen.erlang.signal('SIGSTOP');
    const impatient = failure(node.call(registered(name, frozen.name), log('early'), { timeout: 200 }));
    const patient = node.call(registered(name, frozen.name), add(1, 2));
    expect(await impatient).toMatchObject({ code: 'timeout' });
    frozen.erlang.signal('SIGCONT');
    expect(await patient).toBe(3);
  });

  test('rejects with node_stopped when this node stops', async () => {
    const call = failure(node.call(server(), atom('hold')));
    await until('the request', async () => (await held()) === '1');
    await node.stop();
    expect(await call).toMatchObject({ code: 'node_stopped' });
    expect(await failure(node.call(server(), 1))).toMatchObject({ code: 'node_stopped' });
  });

  test('strange messages to the process that calls hurt no call and no link', async () => {
    const call = node.call(server(), atom('hold'));
    await until('the request', async () => (await held()) === '1');
    const strange = [
      'x',
      '[]',
      '{}',
      '{x,y}',
      '{make_ref(),1}',
      '{[alias|make_ref()],1}',
      '{[alias|x],1}',
      "{'DOWN',5,b,c,d}",
    ];
    await beam.erlang.evaluate(
      `(fun() -> {_, [{Pid, _}]} = sys:get_state(${name}), [Pid ! M || M <- [${strange}, {'DOWN',make_ref(),b,c,d}]] end)()`,
    );
    const link = node.stats()[beam.name];
    node.cast(server(), release('unharmed'));
    expect(await call).toEqual(Buffer.from('unharmed'));
    expect(node.stats()[beam.name]?.messagesIn).toBeGreaterThan(link!.messagesIn);
  });

  test('wrong arguments are refused, and leave nothing behind', async () => {
    await node.connect(beam.name);
    expect(await failure(node.call(server(), (() => 1) as never))).toMatchObject({ code: 'not_a_term' });
    expect(await failure(node.call('calc' as never, 1))).toMatchObject({ code: 'invalid_argument' });
    expect(await failure(node.call(node.reference() as never, 1))).toMatchObject({ code: 'invalid_argument' });
    expect(await failure(node.call(server(), 1, { timeout: -1 }))).toMatchObject({ code: 'invalid_argument' });
    expect(await failure(() => node.cast(node.reference() as never, 1))).toMatchObject({ code: 'invalid_argument' });
    await monitors(0);
  });
});

describe('within the node', () => {
  test('calls and casts reach servers by name and by pid', async () => {
    const noted: Term[] = [];
    const local = node.serve('local', {
      call: (request) => tuple(atom('you_said'), request),
      cast: (request) => void noted.push(request),
    });
    expect(format(await node.call(registered('local', node.name), 1))).toBe('{you_said,1}');
    node.cast(local.pid, 'cast');
    expect(format(await node.call(local.pid, 2))).toBe('{you_said,2}');
    expect(noted).toEqual([Buffer.from('cast')]);
    expect(node.nodes()).toEqual([]);
  });

  test('reasons come back as from elsewhere', async () => {
    const local = node.serve('local', {
      call: () => new Promise(() => undefined),
    });
    const call = failure(node.call(local.pid, 1));
    node.mailbox().exit(local.pid, atom('bye'));
    expect(await call).toMatchObject({ code: 'process_down', facts: { reason: atom('bye') } });
    expect(await failure(node.call(local.pid, 1))).toMatchObject({ facts: { reason: atom('noproc') } });
  });
});

describe('multiCall', () => {
  test('gathers answers and failures by node', async () => {
    const other = await cluster.beam();
    await load(other.erlang, CALC);
    await other.erlang.evaluate(`calc_server:start(${name})`);
    const without = await cluster.beam();
    const nobody = uniqueName('nobody');
    node.serve(name, { call: () => 'from here' });
    const nodes = [beam.name, other.name, without.name, nobody, node.name, beam.name, 'nonsense'];
    const { replies, failed } = await node.multiCall(nodes, name, add(2, 3));
    // In the order in which the nodes were named, whoever is the first to answer.
    expect([...replies]).toEqual([
      [beam.name, 5],
      [other.name, 5],
      [node.name, Buffer.from('from here')],
    ]);
    expect([...failed].map(([at, { code }]) => [at, code])).toEqual([
      [without.name, 'process_down'],
      [nobody, 'peer_unknown'],
      ['nonsense', 'invalid_node_name'],
    ]);
  });

  test('has one time for all', async () => {
    await node.connect(beam.name);
    node.serve(name, { call: () => 'quick' });
    const { replies, failed } = await node.multiCall([beam.name, node.name], name, atom('hold'), { timeout: 300 });
    expect([...replies.keys()]).toEqual([node.name]);
    expect(failed.get(beam.name)).toMatchObject({ code: 'timeout' });
  });

  test('rejects only for what no node is to blame for', async () => {
    await node.connect(beam.name);
    const call = (request: unknown, options = {}) =>
      node.multiCall([beam.name, node.name], name, request as Term, options);
    expect(await failure(call(Symbol('x')))).toMatchObject({ code: 'not_a_term' });
    expect(await failure(call(1, { timeout: Number.NaN }))).toMatchObject({ code: 'invalid_argument' });
    expect(await failure(call(atom('hold'), { signal: AbortSignal.timeout(100) }))).toMatchObject({ code: 'aborted' });
    expect(await node.multiCall([], name, 1)).toEqual({ replies: new Map(), failed: new Map() });
  });
});

test('cast reaches a server by name and by pid, connecting first', async () => {
  expect(node.cast(server(), log(1))).toBe(true);
  const pid = await node.rpc<Pid>(beam.name, 'erlang', 'whereis', [atom(name)]);
  expect(node.cast(pid, log(2))).toBe(true);
  expect(await node.call(server(), atom('log'))).toEqual([1, 2]);
});
