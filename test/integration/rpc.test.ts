/** Remote calls to real Erlang nodes. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { atom, format, type HiddenNode, HiddenNodeError, registered, type Term, tuple } from '../../lib/index.ts';
import { Cluster, type NamedErlang, uniqueName } from '../helpers/cluster.ts';
import { failure, until } from '../helpers/until.ts';

let cluster: Cluster;
let beam: NamedErlang;

beforeAll(async () => {
  cluster = await Cluster.start();
  beam = await cluster.beam();
  // A function is called by name, so what tests need stands in a module of its own.
  await beam.erlang.evaluate(`begin
    Source = "-module(calls). -export([fail/1, slow/2, wait_for/1]).
      fail(error) -> error(broken); fail(exit) -> exit(gone); fail(throw) -> throw(ball); fail(badmatch) -> a = fail_helper().
      fail_helper() -> b.
      slow(Milliseconds, Value) -> timer:sleep(Milliseconds), Value.
      wait_for(Name) -> register(Name, self()), receive {go, Value} -> Value end.",
    Forms = [begin {ok, Tokens, _} = erl_scan:string(Form ++ "."), {ok, Parsed} = erl_parse:parse_form(Tokens), Parsed end
      || Form <- re:split(Source, "\\\\.[\\n ]+|\\\\.$", [{return, list}]), string:trim(Form) =/= ""],
    {ok, calls, Code} = compile:forms(Forms, [nowarn_unused_function]),
    {module, calls} = code:load_binary(calls, "calls", Code), ok
  end`);
});
afterEach(() => cluster.stopNodes());
afterAll(() => cluster.stop());

/** Holds a call on the Erlang side until the test lets it go. */
async function heldCall(
  node: HiddenNode,
  name: string,
  options = {},
): Promise<{ result: Promise<Term>; go: () => void }> {
  const result = node.rpc(beam.name, 'calls', 'wait_for', [atom(name)], { timeout: 30_000, ...options });
  result.catch(() => undefined);
  await beam.erlang.evaluateUntil(`is_pid(whereis(${name}))`, 'true');
  return { result, go: () => node.send(registered(name, beam.name), tuple(atom('go'), 'done')) };
}

describe('rpc', () => {
  test('gives what the function returns, connecting first', async () => {
    const node = await cluster.node();
    expect(await node.rpc(beam.name, 'erlang', 'node')).toBe(atom(beam.name));
    expect(await node.rpc(beam.name, 'lists', 'seq', [1, 5])).toEqual([1, 2, 3, 4, 5]);
    expect(await node.rpc(beam.name, 'erlang', '+', [2n ** 53n, 1])).toBe(2n ** 53n + 1n);
    expect(await node.rpc(beam.name, 'maps', 'from_list', [[tuple('k', 1)]])).toEqual(new Map([[Buffer.from('k'), 1]]));
    expect(await node.rpc(beam.name, 'erlang', 'self')).toMatchObject({ node: atom(beam.name) });
  });

  test('a value that looks like a failure is only one when it is badrpc', async () => {
    const node = await cluster.node();
    const call = (value: unknown) => node.rpc(beam.name, 'erlang', 'hd', [[value]] as never);
    expect(await call(tuple(atom('error'), atom('enoent')))).toEqual(tuple(atom('error'), atom('enoent')));
    expect(await call(atom('badrpc'))).toBe(atom('badrpc'));
    expect(await call(tuple(atom('badrpc'), 1, 2))).toEqual(tuple(atom('badrpc'), 1, 2));
  });

  test('thousands of calls under way over one link each get their own answer', async () => {
    const node = await cluster.node();
    const calls = Array.from({ length: 3_000 }, (_, n) =>
      node.rpc(beam.name, 'erlang', '*', [n, 2], { timeout: 20_000 }),
    );
    expect(await Promise.all(calls)).toEqual(Array.from({ length: 3_000 }, (_, n) => n * 2));
    expect(node.nodes()).toEqual([beam.name]);
  });

  test('a slow call does not hold up those behind it', async () => {
    const node = await cluster.node();
    const slow = await heldCall(node, 'slow_one');
    expect(await node.rpc(beam.name, 'erlang', 'node')).toBe(atom(beam.name));
    slow.go();
    expect(await slow.result).toEqual(Buffer.from('done'));
  });

  test.each([
    { called: 'error', reason: /^\{'EXIT',\{broken,\[\{calls,fail,.*$/ },
    { called: 'exit', reason: /^\{'EXIT',gone\}$/ },
    { called: 'badmatch', reason: /^\{'EXIT',\{\{badmatch,b\},.*$/ },
  ])('a function that fails with $called rejects with badrpc and the reason of Erlang', async ({ called, reason }) => {
    const node = await cluster.node();
    const error = (await failure(node.rpc(beam.name, 'calls', 'fail', [atom(called)]))) as HiddenNodeError;
    expect(error).toBeInstanceOf(HiddenNodeError);
    expect(error.code).toBe('badrpc');
    expect(error.facts).toMatchObject({ node: beam.name, module: 'calls', function: 'fail', arity: 1 });
    expect(format(error.facts.reason as Term)).toMatch(reason);
    // The same as rpc:call between Erlang nodes gives, up to the stack.
    const local = await beam.erlang.evaluate(`rpc:call(node(), calls, fail, [${called}])`);
    expect(local).toMatch(new RegExp(`^\\{badrpc,${reason.source.slice(1, 12)}`));
  });

  test('a function that throws returns what it threw, as in Erlang', async () => {
    const node = await cluster.node();
    expect(await node.rpc(beam.name, 'calls', 'fail', [atom('throw')])).toBe(atom('ball'));
  });

  test('a module or function that does not exist is named in the reason', async () => {
    const node = await cluster.node();
    const error = (await failure(node.rpc(beam.name, 'no_module', 'no_function', [1]))) as HiddenNodeError;
    expect(error.code).toBe('badrpc');
    expect(format(error.facts.reason as Term)).toMatch(/^\{'EXIT',\{undef,\[\{no_module,no_function,\[1\],/);
    expect(error.message).toContain('no_module:no_function/1');
  });

  test('a long reason is cut in the message and whole in the facts', async () => {
    const node = await cluster.node();
    const long = 'x'.repeat(100_000);
    const error = (await failure(node.rpc(beam.name, 'erlang', 'error', [long]))) as HiddenNodeError;
    expect(error.message.length).toBeLessThan(1_000);
    expect(format(error.facts.reason as Term).length).toBeGreaterThan(100_000);
  });

  test('rejects after its time, and the late answer is dropped', async () => {
    const node = await cluster.node();
    const held = await heldCall(node, 'late_one', { timeout: 300 });
    expect(await failure(held.result)).toMatchObject({ code: 'timeout', facts: { node: beam.name } });
    held.go();
    expect(await node.ping(beam.name)).toBe(true);
  });

  test('rejects when its signal fires', async () => {
    const node = await cluster.node();
    const abort = new AbortController();
    const held = await heldCall(node, 'aborted_one', { signal: abort.signal });
    const reason = new Error('enough');
    abort.abort(reason);
    expect(await failure(held.result)).toMatchObject({ code: 'aborted', cause: reason });
    held.go();
    expect(await node.ping(beam.name)).toBe(true);
  });

  test('rejects with noconnection when the node is killed with calls under way', async () => {
    const doomed = await cluster.beam();
    const node = await cluster.node();
    const calls = Array.from({ length: 20 }, () =>
      failure(node.rpc(doomed.name, 'timer', 'sleep', [60_000], { timeout: 60_000 })),
    );
    const other = await heldCall(node, 'other_node');
    const sleeping = '{current_function, {timer, sleep, 1}}';
    await doomed.erlang.evaluateUntil(
      `length([P || P <- processes(), process_info(P, current_function) =:= ${sleeping}])`,
      '20',
    );
    await doomed.erlang.stop();
    for (const error of await Promise.all(calls)) {
      expect(error).toMatchObject({ code: 'noconnection', facts: { node: doomed.name } });
    }
    other.go();
    expect(await other.result).toEqual(Buffer.from('done'));
  });

  test('rejects with noconnection when this node closes the link', async () => {
    const node = await cluster.node();
    const held = await heldCall(node, 'cut_one');
    await node.disconnect(beam.name);
    expect(await failure(held.result)).toMatchObject({ code: 'noconnection', facts: { reason: 'disconnected' } });
    await beam.erlang.evaluate('cut_one ! {go, ok}');
  });

  test('rejects with noconnection when the link is lost before the call is sent, and there is no other to be had', async () => {
    const [node, guest] = [await cluster.node(), await cluster.node({ listen: false })];
    await guest.connect(node.name);
    await until('the link', () => node.nodes().includes(guest.name));
    const call = failure(node.rpc(guest.name, 'erlang', 'node', [], { timeout: 60_000 }));
    void node.disconnect(guest.name);
    expect(await call).toMatchObject({ code: 'noconnection', facts: { node: guest.name } });
  });

  test('rejects with the error of the connection when there is none to be had', async () => {
    const node = await cluster.node();
    expect(await failure(node.rpc(uniqueName('nobody'), 'erlang', 'node'))).toMatchObject({ code: 'peer_unknown' });
  });

  test('arguments that are no array are refused', async () => {
    const node = await cluster.node();
    await node.connect(beam.name);
    const call = node.rpc(beam.name, 'erlang', 'node', 'none' as never);
    expect(await failure(call)).toMatchObject({ code: 'invalid_argument' });
    expect(await failure(node.rpc(beam.name, 'x'.repeat(256), 'node'))).toMatchObject({ code: 'invalid_argument' });
  });

  test.each(['spawn', 'rex'] as const)('to the node itself runs what is exposed there, via %s', async (via) => {
    const node = await cluster.node();
    node.expose('calc', { add: (a: number, b: number) => a + b });
    expect(await node.rpc(node.name, 'calc', 'add', [1, 2], { via })).toBe(3);
    const error = (await failure(node.rpc(node.name, 'erlang', 'node', [], { via }))) as HiddenNodeError;
    expect(error.code).toBe('badrpc');
    expect(format(error.facts.reason as Term)).toBe("{'EXIT',{undef,[{erlang,node,[],[]}]}}");
  });

  test('what a called function prints appears on its own node', async () => {
    const node = await cluster.node();
    expect(await node.rpc(beam.name, 'io', 'format', ['printed by a call~n'])).toBe(atom('ok'));
    await until('the text', async () => {
      await beam.erlang.evaluate('ok');
      return beam.erlang.log.includes('printed by a call');
    });
  });
});

describe('rpcCast', () => {
  test('runs a function without an answer, connecting first', async () => {
    const node = await cluster.node();
    expect(node.rpcCast(beam.name, 'persistent_term', 'put', [atom('cast_key'), tuple(1, 'two')])).toBe(true);
    await beam.erlang.evaluateUntil('persistent_term:get(cast_key, none)', '{1,<<"two">>}');
  });

  test('to a function that does not exist hurts nothing', async () => {
    const node = await cluster.node();
    node.rpcCast(beam.name, 'no_module', 'no_function');
    expect(await node.ping(beam.name)).toBe(true);
  });
});

describe('options of decoding', () => {
  test('floats decode to numbers, or to Float', async () => {
    const [plain, exact] = [await cluster.node(), await cluster.node({ floats: 'exact' })];
    expect(await plain.rpc(beam.name, 'erlang', 'float', [3])).toBe(3);
    const float = await exact.rpc(beam.name, 'erlang', 'float', [3]);
    expect(format(float)).toBe('3.0');
    expect(await exact.rpc(beam.name, 'erlang', 'is_float', [float])).toBe(true);
  });

  test('binaries decode to Buffers, or to strings when they are text', async () => {
    const [plain, text] = [await cluster.node(), await cluster.node({ binaries: 'utf8' })];
    expect(await plain.rpc(beam.name, 'erlang', 'list_to_binary', [[104, 105]])).toEqual(Buffer.from('hi'));
    expect(await text.rpc(beam.name, 'erlang', 'list_to_binary', [[104, 105]])).toBe('hi');
    expect(await text.rpc(beam.name, 'erlang', 'list_to_binary', [[255]])).toEqual(Buffer.from([255]));
    // Messages within a node follow the same options.
    const inbox = text.mailbox();
    text.send(inbox.pid, 'text');
    expect(await inbox.receive({ timeout: 1_000 })).toBe('text');
  });
});
