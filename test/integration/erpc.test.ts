/** Remote calls to Erlang nodes by spawn requests, beside those through `rex`. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { atom, format, type HiddenNode, type HiddenNodeError, registered, type Term, tuple } from '../../lib/index.ts';
import { calc, loadCalc } from '../helpers/calc.ts';
import { Cluster, type NamedErlang, uniqueName } from '../helpers/cluster.ts';
import { failure, until } from '../helpers/until.ts';

const cluster = new Cluster();
let beam: NamedErlang;
let node: HiddenNode;

beforeAll(async () => {
  await cluster.begin();
  beam = await cluster.beam();
  await loadCalc(beam.erlang);
});
beforeEach(async () => {
  node = await cluster.node();
  await beam.erlang.evaluate(`[exit(P, kill) || P <- ${SLEEPERS}]`);
});
afterAll(() => cluster.stop());

/** The processes there that run `calc:slow/2`. */
const SLEEPERS =
  '[P || P <- processes() -- [whereis(rex)], process_info(P, current_function) =:= {current_function, {timer, sleep, 1}}]';

const VIA = ['spawn', 'rex'] as const;

/** Facts of the error with which a call of `calc:fail/1` rejects; terms as text. */
async function facts(how: string, via: (typeof VIA)[number]): Promise<Record<string, unknown>> {
  const error = (await failure(node.rpc(beam.name, 'calc', 'fail', [atom(how)], { via }))) as HiddenNodeError;
  expect(error.code).toBe('badrpc');
  const { reason, stack, ...rest } = error.facts;
  return { reason: format(reason), ...(stack === undefined ? {} : { stack: format(stack) }), ...rest };
}

describe.each(VIA)('a call via %s', (via) => {
  test('gives what the function returns or throws', async () => {
    const call = (fun: string, ...args: Term[]) => node.rpc(beam.name, 'calc', fun, args, { via });
    expect(await call('add', 1, 2)).toBe(3);
    expect(await call('fail', atom('throw'))).toBe(atom('ball'));
    expect(await call('zero')).toBe(0);
  });

  test.each([
    ['error', /^\{'EXIT',\{broken,\[\{calc,fail,1,.*\}$/],
    ['exit', /^\{'EXIT',gone\}$/],
    ['normal', /^\{'EXIT',normal\}$/],
    ['EXIT', /^\{'EXIT',returned\}$/],
    ['thrown_exit', /^\{'EXIT',thrown\}$/],
    ['badrpc', /^returned$/],
  ])('rejects like rpc:call when the function fails with %s', async (how, reason) => {
    const found = await facts(how, via);
    expect(found).toMatchObject({ node: beam.name, module: 'calc', function: 'fail', arity: 1 });
    expect(found.reason).toMatch(reason);
    expect(await beam.erlang.evaluate(`rpc:call(node(), calc, fail, ['${how}'])`)).toMatch(
      new RegExp(`^\\{badrpc,${reason.source.slice(1, 8)}`),
    );
  });

  test('prints and logs on the node that was called, and does not hang', async () => {
    const mark = `printed via ${via}`;
    expect(await node.rpc(beam.name, 'io', 'format', [`${mark} ~p~n`, [1.5]], { via })).toBe(atom('ok'));
    expect(await node.rpc(beam.name, 'logger', 'error', [`logged via ${via} ~p`, [[1.5]]], { via })).toBe(atom('ok'));
    expect(format(await node.rpc(beam.name, 'io', 'columns', [], { via }))).toBe('{error,enotsup}');
    await until('the text', async () => {
      await beam.erlang.evaluate('ok');
      return beam.erlang.log.includes(`${mark} 1.5`) && beam.erlang.log.includes(`logged via ${via} [1.5]`);
    });
  });

  test('to this node runs what is exposed here', async () => {
    node.expose('calc', calc);
    const call = (fun: string, ...args: Term[]) => node.rpc(node.name, 'calc', fun, args, { via });
    expect(await call('add', 1, 2)).toBe(3);
    expect(await call('fail', atom('throw'))).toBe(atom('ball'));
    expect(await failure(call('fail', atom('exit')))).toMatchObject({ code: 'badrpc', facts: { arity: 1 } });
    const slow = node.rpc(node.name, 'calc', 'slow', [60_000, 1], { via, timeout: 50 });
    expect(await failure(slow)).toMatchObject({ code: 'timeout' });
  });

  test('to another node of the library runs what is exposed there', async () => {
    const other = await cluster.node();
    other.expose('calc', calc);
    expect(await node.rpc(other.name, 'calc', 'add', [1, 2], { via })).toBe(3);
    expect(await failure(node.rpc(other.name, 'os', 'cmd', ['id'], { via }))).toMatchObject({ code: 'badrpc' });
  });

  test('gives up when its time is over, or its signal fires', async () => {
    const slow = (options: object) => failure(node.rpc(beam.name, 'calc', 'slow', [60_000, 1], { via, ...options }));
    expect(await slow({ timeout: 50 })).toMatchObject({ code: 'timeout', facts: { node: beam.name } });
    const late = await failure(node.rpc(beam.name, 'calc', 'slow', [60_000, 1], { timeout: 50 }));
    expect(late).toMatchObject({ facts: { timeout: 50 } });
    const reason = new Error('enough');
    const { messagesOut } = node.stats()[beam.name]!;
    expect(await slow({ signal: AbortSignal.abort(reason) })).toMatchObject({ code: 'aborted', cause: reason });
    expect(node.stats()[beam.name]!.messagesOut).toBe(messagesOut);
    const abort = new AbortController();
    const call = slow({ signal: abort.signal });
    await beam.erlang.evaluateUntil('net_adm:ping(node())', 'pong');
    abort.abort(reason);
    expect(await call).toMatchObject({ code: 'aborted', cause: reason });
  });

  test('fails when the connection does', async () => {
    const call = failure(node.rpc(beam.name, 'calc', 'slow', [60_000, 1], { via, timeout: 60_000 }));
    await beam.erlang.evaluateUntil(`lists:member('${node.name}', nodes(hidden))`, 'true');
    await beam.erlang.evaluate(`erlang:disconnect_node('${node.name}')`);
    expect(await call).toMatchObject({ code: 'noconnection', facts: { node: beam.name } });
    expect(await node.rpc(beam.name, 'calc', 'zero', [], { via })).toBe(0);
  });

  test('fails when the node stops', async () => {
    const call = failure(node.rpc(beam.name, 'calc', 'slow', [60_000, 1], { via, timeout: 60_000 }));
    await beam.erlang.evaluateUntil(`lists:member('${node.name}', nodes(hidden))`, 'true');
    await node.stop();
    expect(await call).toMatchObject({ code: 'node_stopped' });
  });

  test('with an argument that is no term is not made', async () => {
    const call = node.rpc(beam.name, 'calc', 'echo', [Symbol('x') as never], { via });
    expect(await failure(call)).toMatchObject({ code: 'not_a_term' });
    expect(await node.rpc(beam.name, 'calc', 'zero', [], { via })).toBe(0);
  });
});

/** What so many processes that nobody monitors say of it. */
function unmonitored(count: number): string {
  return `[${Array.from({ length: count }, () => '{monitored_by,[]}').join(',')}]`;
}

describe('a call by a spawn request', () => {
  test('knows class and stack of what failed', async () => {
    expect(await facts('error', 'spawn')).toMatchObject({
      class: 'error',
      stack: expect.stringMatching(/^\[\{calc,fail,1,/),
    });
    expect(await facts('exit', 'spawn')).toMatchObject({ class: 'exit' });
    const killed = failure(node.rpc(beam.name, 'erlang', 'exit', [atom('kill')], { via: 'spawn' }));
    expect(await killed).toMatchObject({ code: 'badrpc', facts: { class: 'exit' } });
  });

  test('of a process that is killed from elsewhere rejects with its reason', async () => {
    const call = failure(node.rpc(beam.name, 'calc', 'slow', [60_000, 1], { via: 'spawn', timeout: 60_000 }));
    await beam.erlang.evaluateUntil(`[exit(P, kill) || P <- ${SLEEPERS}] =/= []`, 'true');
    const error = (await call) as HiddenNodeError;
    expect(error).toMatchObject({ code: 'badrpc', facts: { class: 'exit' } });
    expect(format(error.facts.reason)).toBe("{'EXIT',killed}");
  });

  test('is the default, and is not held up by a busy rex', async () => {
    await beam.erlang.evaluate('spawn(fun() -> rpc:block_call(node(), calc, slow, [5000, 1]) end)');
    await beam.erlang.evaluateUntil(
      `process_info(whereis(rex), current_function)`,
      '{current_function,{timer,sleep,1}}',
    );
    expect(await node.rpc(beam.name, 'calc', 'add', [1, 2], { timeout: 2_500 })).toBe(3);
    const held = node.rpc(beam.name, 'calc', 'add', [1, 2], { timeout: 100, via: 'rex' });
    expect(await failure(held)).toMatchObject({ code: 'timeout' });
  });

  test('that was given up leaves no monitor behind, here or there', async () => {
    const calls = Array.from({ length: 50 }, () =>
      failure(node.rpc(beam.name, 'calc', 'slow', [3_000, 1], { via: 'spawn', timeout: 200 })),
    );
    for (const error of await Promise.all(calls)) expect(error).toMatchObject({ code: 'timeout' });
    await beam.erlang.evaluateUntil(`[process_info(P, monitored_by) || P <- ${SLEEPERS}]`, unmonitored(50));
    // Nothing more comes for them.
    const before = node.stats()[beam.name]!.messagesIn;
    await beam.erlang.evaluateUntil(`length(${SLEEPERS})`, '0');
    expect(node.stats()[beam.name]!.messagesIn).toBe(before);
  });

  test('that is given up before the peer has answered is taken back when it does', async () => {
    await node.rpc(beam.name, 'calc', 'zero');
    beam.erlang.signal('SIGSTOP');
    const calls = Array.from({ length: 50 }, () =>
      failure(node.rpc(beam.name, 'calc', 'slow', [60_000, 1], { via: 'spawn', timeout: 50 })),
    );
    for (const error of await Promise.all(calls)) expect(error).toMatchObject({ code: 'timeout' });
    beam.erlang.signal('SIGCONT');
    await beam.erlang.evaluateUntil(`[process_info(P, monitored_by) || P <- ${SLEEPERS}]`, unmonitored(50));
    expect(node.nodes()).toEqual([beam.name]);
    expect(await node.rpc(beam.name, 'calc', 'zero')).toBe(0);
  });

  test('asks for the group leader once for each connection', async () => {
    const leader = async () => String(await node.rpc(beam.name, 'erlang', 'group_leader'));
    const user = String(await node.rpc(beam.name, 'erlang', 'whereis', [atom('user')]));
    expect(await Promise.all([leader(), leader(), leader()])).toEqual([user, user, user]);
    const { messagesOut } = node.stats()[beam.name]!;
    expect(await leader()).toBe(user);
    expect(node.stats()[beam.name]!.messagesOut).toBe(messagesOut + 1);
    await node.disconnect(beam.name);
    expect(await leader()).toBe(user);
    expect(node.stats()[beam.name]!.messagesOut).toBe(2);
  });

  test('gives up in time when the group leader is not told', async () => {
    await node.connect(beam.name);
    beam.erlang.signal('SIGSTOP');
    try {
      const call = node.rpc(beam.name, 'calc', 'zero', [], { timeout: 100 });
      expect(await failure(call)).toMatchObject({ code: 'timeout' });
      const aborted = node.rpc(beam.name, 'calc', 'zero', [], { signal: AbortSignal.timeout(50) });
      expect(await failure(aborted)).toMatchObject({ code: 'aborted' });
    } finally {
      beam.erlang.signal('SIGCONT');
    }
    expect(await node.rpc(beam.name, 'calc', 'zero')).toBe(0);
  });

  test('in another way than there is is refused', async () => {
    const call = node.rpc(beam.name, 'calc', 'zero', [], { via: 'pigeon' as never });
    expect(await failure(call)).toMatchObject({ code: 'invalid_argument' });
  });
});

describe('multiRpc', () => {
  test('gives the results and the failures, each by the name of its node', async () => {
    node.expose('calc', calc);
    const nobody = uniqueName('nobody');
    const { replies, failed } = await node.multiRpc<number>(
      [beam.name, node.name, nobody, beam.name],
      'calc',
      'add',
      [1, 2],
    );
    expect(replies).toEqual(
      new Map([
        [node.name, 3],
        [beam.name, 3],
      ]),
    );
    expect([...failed].map(([name, error]) => [name, error.code])).toEqual([[nobody, 'peer_unknown']]);
  });

  test('has the failure of each function', async () => {
    node.expose('calc', calc);
    const { replies, failed } = await node.multiRpc([beam.name, node.name], 'calc', 'fail', [atom('exit')]);
    expect(replies.size).toBe(0);
    for (const name of [beam.name, node.name]) {
      expect(failed.get(name)).toMatchObject({ code: 'badrpc', facts: { class: 'exit' } });
    }
  });

  test('rejects when the call itself is wrong', async () => {
    expect(await failure(node.multiRpc([beam.name], 'calc', 'echo', [Symbol('x') as never]))).toMatchObject({
      code: 'not_a_term',
    });
  });
});

test('what a called function sends to its caller comes after the call has been made', async () => {
  const inbox = node.mailbox('inbox');
  expect(await node.rpc(beam.name, 'erlang', 'send', [tuple(atom('inbox'), atom(node.name)), 'sent'])).toEqual(
    Buffer.from('sent'),
  );
  expect(await inbox.receive({ timeout: 5_000 })).toEqual(Buffer.from('sent'));
  node.send(registered('nobody', beam.name), 1);
});
