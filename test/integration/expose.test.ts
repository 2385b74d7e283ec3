/** Functions of a node of the library that other nodes call: what they get, what becomes of what they do, and what is left afterwards. */
import { execFile } from 'node:child_process';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { hostname } from 'node:os';
import { promisify } from 'node:util';
import { beforeEach, describe, expect, test } from 'vitest';
import {
  type Atom,
  atom,
  type EncodableTerm,
  ErlangException,
  format,
  type HiddenNode,
  Pid,
  type ServedCall,
  type ServedEvent,
  type Term,
  tuple,
} from '../../lib/index.ts';
import { calc } from '../helpers/calc.ts';
import { uniqueName, useCluster } from '../helpers/cluster.ts';
import { failure, until } from '../helpers/until.ts';

const { cluster, beam } = useCluster();
let node: HiddenNode;

beforeEach(async () => {
  node = await cluster.node();
});

/** What an expression gives in which `N` is the node of the library. */
function erlang(expression: string): Promise<string> {
  return beam.erlang.evaluate(`(fun(N) -> ${expression} end)('${node.name}')`);
}

/** A promise, and what settles it. */
function gate<T extends EncodableTerm>(): { passed: Promise<T>; open: (value: T) => void } {
  let open!: (value: T) => void;
  const passed = new Promise<T>((resolve) => {
    open = resolve;
  });
  return { passed, open };
}

describe('an exposed function', () => {
  test('gets its arguments as terms, and what it returns is a term', async () => {
    const seen: Term[][] = [];
    node.expose('echo', {
      args(...args) {
        seen.push(args);
        return { count: args.length, text: 'ok', since: 1.5 };
      },
      nothing: () => undefined,
      later: async () => tuple(atom('ok'), 7),
    });
    expect(await erlang(`rpc:call(N, echo, args, [a, <<"b">>, "c", {1, 2.5}, #{k => v}])`)).toBe(
      '#{count => 5,since => 1.5,text => <<"ok">>}',
    );
    expect(format(seen[0])).toBe('[a,<<"b">>,"c",{1,2.5},#{k => v}]');
    expect(await erlang('rpc:call(N, echo, nothing, [])')).toBe('undefined');
    expect(await erlang('rpc:call(N, echo, later, [1, 2, 3])')).toBe('{ok,7}');
  });

  test('is a function of an Elixir module as well', async () => {
    node.expose('Elixir.MyApp.Calc', { 'double!': (n: number) => 2 * n });
    expect(await erlang(`erpc:call(N, 'Elixir.MyApp.Calc', 'double!', [21])`)).toBe('42');
  });

  test('knows the process that called it', async () => {
    function caller(this: ServedCall): EncodableTerm {
      return this.caller;
    }
    node.expose('who', { caller });
    expect(await erlang('rpc:call(N, who, caller, []) =:= self()')).toBe('true');
    expect(await erlang('gen_server:call({rex, N}, {call, who, caller, [], user}) =:= self()')).toBe('true');
    expect(await node.rpc(node.name, 'who', 'caller')).toBeInstanceOf(Pid);
  });

  test('that fails tells where, down to the function that was called', async () => {
    node.expose('bad', {
      async fail() {
        await Promise.resolve();
        throw new RangeError('too far');
      },
    });
    const printed = await erlang('rpc:call(N, bad, fail, [x])');
    expect(printed).toMatch(/^\{badrpc,\{'EXIT',\{\{js_error,<<"RangeError">>,<<"too far">>\},\[\{js,/);
    expect(printed).toMatch(/\{file,"[^"]*expose\.test\.ts"\},\{line,\d+\}/);
    expect(printed).toMatch(/,\{bad,fail,1,\[\]\}\]\}\}\}$/);
    expect(printed).not.toContain('served-calls');
  });

  test('that throws a value throws it', async () => {
    node.expose('bad', {
      ball() {
        throw tuple(atom('ball'), 1);
      },
      gone() {
        throw new ErlangException('exit', atom('gone'));
      },
    });
    expect(await erlang('try erpc:call(N, bad, ball, []) catch C:R -> {C, R} end')).toBe('{throw,{ball,1}}');
    expect(await erlang('try erpc:call(N, bad, gone, []) catch C:R -> {C, R} end')).toBe('{exit,{exception,gone}}');
  });

  test.each([
    { what: 'what is no term', value: () => new Date(), code: 'not_a_term' },
    { what: 'a function', value: () => () => 1, code: 'not_a_term' },
    {
      what: 'what is nested too deeply',
      value: () => {
        let deep: EncodableTerm = [];
        for (let i = 0; i < 2_000; i++) deep = [deep];
        return deep;
      },
      code: 'term_too_deep',
    },
    {
      what: 'what contains itself',
      value: () => {
        const list: unknown[] = [];
        list.push(list);
        return list;
      },
      code: '(not_a_term|term_too_deep)',
    },
    {
      what: 'what cannot be read',
      value: () => ({
        get field(): never {
          throw new Error('no');
        },
      }),
      code: 'Error',
    },
  ])('that returns $what has failed', async ({ value, code }) => {
    node.expose('bad', { value: value as () => EncodableTerm });
    const expected = new RegExp(
      `^\\{error,\\{exception,\\{js_error,<<"${code}">>,.*\\{bad,value,0,\\[\\]\\}\\]\\}\\}$`,
      's',
    );
    expect(await erlang('try erpc:call(N, bad, value, []) catch C:R -> {C, R} end')).toMatch(expected);
    expect(await erlang('rpc:block_call(N, bad, value, [])')).toMatch(new RegExp(`^\\{badrpc,.*<<"${code}">>`));
  });

  test('that returns a term as deep as a term may be gives it to everybody', async () => {
    // {Reference, return, Value} is one container more.
    let deep: EncodableTerm = [];
    for (let i = 0; i < 1_022; i++) deep = [deep];
    node.expose('deep', { value: () => deep });
    expect(await node.rpc(node.name, 'deep', 'value')).toEqual(deep);
    const other = await cluster.node();
    expect(await other.rpc(node.name, 'deep', 'value')).toEqual(deep);
  });

  test('can be taken back while it runs', async () => {
    const { passed, open } = gate<string>();
    let running = false;
    const exposure = node.expose('slow', {
      run() {
        running = true;
        return passed;
      },
    });
    const result = erlang('rpc:call(N, slow, run, [])');
    await until('the call', () => running);
    exposure.unexpose();
    open('done');
    expect(await result).toBe('<<"done">>');
    expect(await erlang('rpc:call(N, slow, run, [])')).toBe("{badrpc,{'EXIT',{undef,[{slow,run,[],[]}]}}}");
  });

  test('is not exposed by a stopped node', async () => {
    await node.stop();
    expect(await failure(() => node.expose('m', { f: () => 1 }))).toMatchObject({ code: 'node_stopped' });
  });
});

describe('nothing is exposed', () => {
  test.each([
    ['os', 'cmd', '["id"]'],
    ['code', 'load_binary', '[m, "m", <<>>]'],
    ['file', 'read_file', '["/etc/passwd"]'],
    ['erlang', 'node', '[]'],
    ['erlang', 'apply', '[os, cmd, ["id"]]'],
    ['erlang', 'halt', '[]'],
    ['init', 'stop', '[]'],
    ['rpc', 'call', '[node(), erlang, node, []]'],
    ['erpc', 'call', '[node(), erlang, node, []]'],
    ['observer_backend', 'sys_info', '[]'],
    ['constructor', 'constructor', '[]'],
  ])('that is %s:%s, by any of the ways', async (module, name, args) => {
    const undef = `{undef,[{${module},${name},`;
    expect(await erlang(`rpc:call(N, ${module}, ${name}, ${args})`)).toContain(undef);
    expect(await erlang(`rpc:block_call(N, ${module}, ${name}, ${args})`)).toContain(undef);
    const down = `begin {_, M} = spawn_monitor(N, ${module}, ${name}, ${args}), receive {'DOWN', M, _, _, R} -> R end end`;
    expect(await erlang(down)).toContain(undef);
  });

  test('that is a fun', async () => {
    expect(await erlang('try erpc:call(N, fun() -> os:cmd("id") end) catch C:{exception, R, _} -> {C, R} end')).toBe(
      '{error,undef}',
    );
    expect(await erlang('try erpc:call(N, fun os:getpid/0) catch C:{exception, R, _} -> {C, R} end')).toBe(
      '{error,undef}',
    );
  });
});

describe('calls', () => {
  test('by the thousand each get their own answer', async () => {
    node.expose('calc', { double: async (n: number) => 2 * n });
    const calls = `[begin [R | Q] = erpc:send_request(N, calc, double, [I]), {I, [R | Q]} end || I <- lists:seq(1, 3000)]`;
    expect(
      await erlang(
        `begin Calls = ${calls}, lists:all(fun({I, C}) -> erpc:receive_response(C) =:= 2 * I end, Calls) end`,
      ),
    ).toBe('true');
  });

  test('go on when the caller is gone, and hurt nothing', async () => {
    const { passed, open } = gate<string>();
    let ran = 0;
    node.expose('slow', {
      async run() {
        ran++;
        return passed;
      },
    });
    await erlang('begin P = spawn(fun() -> erpc:call(N, slow, run, []) end), put(caller, P), ok end');
    await until('the call', () => ran === 1);
    await erlang('exit(get(caller), kill)');
    await erlang('rpc:call(N, slow, run, [], 10)');
    await until('the second call', () => ran === 2);
    open('late');
    expect(await erlang('rpc:call(N, slow, run, [])')).toBe('<<"late">>');
    // No late answer has come to who gave up.
    expect(await erlang('erlang:process_info(self(), messages)')).toBe('{messages,[]}');
  });

  test('end when the connection does, and their functions go on', async () => {
    const { passed, open } = gate<string>();
    let ended = false;
    let running = false;
    node.expose('slow', {
      async run() {
        running = true;
        await passed;
        ended = true;
      },
    });
    const result = erlang('rpc:call(N, slow, run, [])');
    await until('the call', () => running);
    await node.disconnect(beam.name);
    expect(await result).toBe('{badrpc,nodedown}');
    open('');
    await until('the end', () => ended);
    expect(node.nodes()).toEqual([]);
  });

  test('of rpc:block_call wait for each other, and hold up nothing else', async () => {
    const gates = new Map<string, ReturnType<typeof gate<string>>>();
    const order: string[] = [];
    node.expose('slow', {
      async run(name: Atom) {
        order.push(`${name} begins`);
        const held = gate<string>();
        gates.set(String(name), held);
        const value = await held.passed;
        order.push(`${name} ends`);
        return value;
      },
      quick: () => 'quick',
    });
    await erlang(
      `begin Me = self(), [spawn(fun() -> Me ! {I, rpc:block_call(N, slow, run, [I])} end) || I <- [one, two]], ok end`,
    );
    const first = await until('one of them', () => [...gates.keys()][0]);
    expect(await erlang('{rpc:call(N, slow, quick, []), net_adm:ping(N)}')).toBe('{<<"quick">>,pong}');
    expect(order).toEqual([`${first} begins`]);
    gates.get(first)!.open(first);
    const second = first === 'one' ? 'two' : 'one';
    await until('the other', () => gates.get(second));
    gates.get(second)!.open(second);
    expect(await erlang('[receive {I, R} -> R end || I <- [one, two]]')).toBe('[<<"one">>,<<"two">>]');
    expect(order).toEqual([`${first} begins`, `${first} ends`, `${second} begins`, `${second} ends`]);
  });

  test('without an answer run, also when nobody hears that they fail', async () => {
    const seen: string[] = [];
    node.expose('note', {
      down(text) {
        seen.push(String(text));
        if (String(text) === 'bad') throw new Error('unheard');
      },
    });
    await erlang('rpc:cast(N, note, down, [<<"rpc">>])');
    await erlang('erpc:cast(N, note, down, [<<"bad">>])');
    await erlang('spawn(N, note, down, [<<"bad">>])');
    await erlang('gen_server:cast({rex, N}, {cast, note, down, [<<"bad">>], user})');
    await erlang('gen_server:cast({rex, N}, {cast, note, down, [<<"last">>], group_leader()})');
    await until('the last', () => seen.at(-1) === 'last');
    expect(seen).toEqual(['rpc', 'bad', 'bad', 'bad', 'last']);
  });

  test('are told to a channel, with what they threw', async () => {
    const events: ServedEvent[] = [];
    const listen = (message: unknown): void => {
      if ((message as ServedEvent).node === node.name) events.push(message as ServedEvent);
    };
    subscribe('hidden-node:served', listen);
    try {
      const error = new Error('broken');
      node.expose('calc', {
        one: () => 1,
        fail() {
          throw error;
        },
      });
      await erlang('{rpc:call(N, calc, one, []), rpc:call(N, calc, fail, [a, b]), rpc:call(N, os, cmd, ["id"])}');
      await erlang('gen_server:cast({rex, N}, {cast, calc, one, [], user})');
      await until('the events', () => events.length === 4);
      const peer = beam.name;
      expect(events).toMatchObject([
        { peer, module: 'calc', function: 'one', arity: 0, outcome: 'return', error: undefined },
        { peer, module: 'calc', function: 'fail', arity: 2, outcome: 'error', error },
        { peer, module: 'os', function: 'cmd', arity: 1, outcome: 'error', error: undefined },
        { peer: undefined, module: 'calc', function: 'one', arity: 0, outcome: 'return' },
      ]);
      await node.rpc(node.name, 'calc', 'one');
      expect(events.slice(4)).toMatchObject([{ peer: node.name, module: 'calc', function: 'one', outcome: 'return' }]);
      for (const { duration } of events) expect(duration).toBeGreaterThanOrEqual(0);
    } finally {
      unsubscribe('hidden-node:served', listen);
    }
  });

  test('may call back to where they came from, and stop the node', async () => {
    node.expose('back', {
      async ask(this: ServedCall) {
        return node.rpc(this.caller!.node.name, 'erlang', 'node');
      },
      stop() {
        void node.stop();
        return atom('stopping');
      },
    });
    expect(await erlang('rpc:call(N, back, ask, [])')).toBe(`'${beam.name}'`);
    expect(await erlang('rpc:call(N, back, stop, [])')).toMatch(/^(stopping|\{badrpc,nodedown\})$/);
    await node.stop();
  });
});

test('a C node that calls with ei_rpc gets its answer', async () => {
  // It takes its host from the system, and short and long names do not go together.
  const host = hostname().includes('.') ? '127.0.0.1' : 'localhost';
  const server = await cluster.node({ name: uniqueName('js', host) });
  server.expose('calc', calc);
  const call = async (what: string): Promise<string> => {
    const args = ['-name', server.name, '-c', cluster.cookie, '-a', what];
    const env = { ...process.env, ERL_EPMD_PORT: String(cluster.epmd.port) };
    return (await promisify(execFile)('erl_call', args, { env })).stdout;
  };
  expect(await call('calc add [40,2]')).toBe('42');
  expect(await call('calc echo [{a,"b"}]')).toBe('{a, "b"}');
  expect(await call('os cmd ["true"]')).toMatch(/badrpc.*undef.*os, cmd/);
});
