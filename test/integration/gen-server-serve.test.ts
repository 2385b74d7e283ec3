/** Servers of the node, called by real Erlang processes. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { beforeEach, describe, expect, test } from 'vitest';
import {
  atom,
  type ConnectEvent,
  type EncodableTerm,
  ErlangException,
  type From,
  format,
  type HiddenNode,
  NO_REPLY,
  type ServeOptions,
  type Server,
  type ServerHandlers,
  type Term,
  type Tuple,
  tuple,
} from '../../lib/index.ts';
import { useCluster } from '../helpers/cluster.ts';
import { load } from '../helpers/load.ts';
import { failure, until } from '../helpers/until.ts';

const { cluster, beam } = useCluster(({ erlang }) =>
  load(erlang, new URL('./erlang/calc_server.erl', import.meta.url)),
);

let node: HiddenNode;

beforeEach(async () => {
  node = await cluster.node();
});

const evaluate = (expression: string) => beam.erlang.evaluate(expression.replaceAll('Calc', `{calc, '${node.name}'}`));

/** What a process of its own gets from gen_server:call, and what is then in its mailbox and monitored by it. */
const ask = (request: string) => evaluate(`calc_server:ask(Calc, ${request})`);
/** Nothing is left in the caller. */
const clean = (outcome: string) => `{${outcome},[],[]}`;

function serve(handlers: ServerHandlers, options?: ServeOptions): Server {
  return node.serve('calc', handlers, options);
}

/** A promise that a test settles. */
function gate<T = void>() {
  let open!: (value: T) => void;
  const opened = new Promise<T>((resolve) => {
    open = resolve;
  });
  return { open, opened };
}

describe('a server', () => {
  test('answers gen_server:call, by name and by pid', async () => {
    const server = serve({
      async call(request: Tuple<[Term, number, number]>) {
        const [, a, b] = request.elements;
        return a + b;
      },
    });
    expect(await ask('{add, 1, 2}')).toBe(clean('{ok,3}'));
    await node.rpc(beam.name, 'persistent_term', 'put', [atom('calc_pid'), server.pid]);
    expect(await evaluate('gen_server:call(persistent_term:get(calc_pid), {add, 20, 3})')).toBe('23');
    expect([server.name, server.closed]).toEqual(['calc', false]);
  });

  test('gives any term, at once or later', async () => {
    const answers = new Map<Term, EncodableTerm | Promise<EncodableTerm>>([
      [1, undefined],
      [2, { key: ['text', 1n, null] }],
      [3, Promise.resolve(tuple(atom('ok'), 1.5))],
      [4, []],
    ]);
    serve({ call: (request) => answers.get(request) });
    expect(await evaluate('[gen_server:call(Calc, N) || N <- [1, 2, 3, 4]]')).toBe(
      '[undefined,#{key => [<<"text">>,1,nil]},{ok,1.5},[]]',
    );
  });

  test('may be an object whose fields are its state', async () => {
    class Counter implements ServerHandlers {
      #total = 0;
      call(): number {
        return this.#total;
      }
      async cast(amount: number) {
        const before = this.#total;
        await Promise.resolve();
        this.#total = before + amount;
      }
      state() {
        return this.#total;
      }
    }
    serve(new Counter());
    await evaluate('[gen_server:cast(Calc, N) || N <- lists:seq(1, 100)]');
    expect(await ask('total')).toBe(clean('{ok,5050}'));
    expect(await evaluate('sys:get_state(Calc)')).toBe('{ok,5050}');
  });

  test('takes casts and messages in order with its calls', async () => {
    const log: string[] = [];
    const note = (kind: string) => async (term: Term) => {
      await Promise.resolve();
      log.push(`${kind} ${format(term)}`);
      return log.length;
    };
    serve({ call: note('call'), cast: note('cast') as never, info: note('info') as never });
    await evaluate(`begin
      gen_server:cast(Calc, 1), Calc ! 2, 3 = gen_server:call(Calc, 3), Calc ! {'$gen_cast', 4, 5}, gen_server:cast(Calc, 6),
      gen_server:call(Calc, 7)
    end`);
    expect(log).toEqual(['cast 1', 'info 2', 'call 3', "info {'$gen_cast',4,5}", 'cast 6', 'call 7']);
  });

  test('answers a thousand callers at once', async () => {
    serve({ call: async (request: Tuple<[Term, number]>) => request.elements[1] });
    const answers = await evaluate('calc_server:ask_many(Calc, 1000, 30000)');
    expect(JSON.parse(answers)).toEqual(Array.from({ length: 1000 }, (_, i) => i + 1));
  });

  test('answers requests that are sent and received apart, and calls to many nodes', async () => {
    serve({ call: (request) => tuple(atom('got'), request) });
    expect(await evaluate('gen_server:receive_response(gen_server:send_request(Calc, 1), 5000)')).toBe(
      '{reply,{got,1}}',
    );
    const answered = `{[{'${node.name}',{got,2}}],[]}`;
    expect(await evaluate(`gen_server:multi_call(['${node.name}'], calc, 2)`)).toBe(answered);
    expect(await evaluate(`gen_server:multi_call(['${node.name}'], calc, 2, 5000)`)).toBe(answered);
  });

  test('answers callers that give a plain reference, as before OTP 24', async () => {
    serve({
      call(request) {
        if (request === 1) return 'one';
        throw new ErlangException('exit', atom('refused'));
      },
    });
    const old = (tag: string, request: number) =>
      evaluate(`(fun() ->
        Ref = monitor(process, Calc), Tag = ${tag}, Calc ! {'$gen_call', {self(), Tag}, ${request}},
        receive {Tag, Reply} -> demonitor(Ref), Reply; {'DOWN', Ref, _, _, Reason} -> {down, Reason} after 5000 -> silence end
      end)()`);
    for (const tag of ['Ref', "{'$gen_request_id', Ref}"]) {
      expect(await old(tag, 1)).toBe('<<"one">>');
      expect(await old(tag, 2)).toBe('{down,refused}');
    }
  });
});

describe('what a handler throws', () => {
  const failing = (error: unknown) =>
    serve({
      async call() {
        throw error;
      },
    });
  const exits = (reason: string) => clean(`{exit,{${reason},{gen_server,call,[{calc,'${node.name}'},1,5000]}}}`);

  test.each([
    { what: 'an exit', error: () => new ErlangException('exit', tuple(atom('no'), 1)), reason: '{no,1}' },
    { what: 'normal', error: () => new ErlangException('exit', atom('normal')), reason: 'normal' },
    { what: 'a throw', error: () => new ErlangException('throw', atom('x')), reason: '{bad_return_value,x}' },
    { what: 'a value', error: () => 'text', reason: '{bad_return_value,<<"text">>}' },
    { what: 'no term', error: () => Symbol('x'), reason: '{bad_return_value,<<"Symbol(x)">>}' },
  ])('ends the call as if the server had crashed: $what', async ({ error, reason }) => {
    failing(error());
    expect(await ask('1')).toBe(exits(reason));
    // And the server goes on, as often as it is called.
    expect(await ask('1')).toBe(exits(reason));
  });

  test.each([
    { what: 'an error of Erlang', error: () => new ErlangException('error', atom('badarg')), reason: 'badarg' },
    { what: 'any error', error: () => new RangeError('too far'), reason: '{js_error,<<"RangeError">>,<<"too far">>}' },
  ])('has a stack that Erlang can read: $what', async ({ error, reason }) => {
    failing(error());
    expect(await ask('1')).toMatch(
      /,\[\{js,[^,]+,0,\[\{file,"[^"]+gen-server-serve\.test\.ts"\},\{line,\d+\}\]\}[^#]*\{gen_server,call,/,
    );
    const printed = `(fun() ->
      {'EXIT', {{Reason, Stack}, _}} = (catch gen_server:call(Calc, 1)),
      {Reason, io_lib:printable_list(lists:flatten(erl_error:format_exception(error, Reason, Stack)))}
    end)()`;
    expect(await evaluate(printed)).toBe(`{${reason},true}`);
  });

  test('reaches those who send requests and those who call many nodes', async () => {
    failing(new ErlangException('exit', atom('no')));
    expect(await evaluate('gen_server:receive_response(gen_server:send_request(Calc, 1), 5000)')).toBe(
      `{error,{no,{calc,'${node.name}'}}}`,
    );
    const failed = `{[],['${node.name}']}`;
    expect(await evaluate(`gen_server:multi_call(['${node.name}'], calc, 2)`)).toBe(failed);
    expect(await evaluate(`gen_server:multi_call(['${node.name}'], calc, 2, 5000)`)).toBe(failed);
  });

  test('ends only that call: other monitors of the caller stay', async () => {
    const server = failing(new ErlangException('exit', atom('no')));
    const outcome = `(fun() ->
      Other = monitor(process, Calc),
      {'EXIT', {no, _}} = (catch gen_server:call(Calc, 1)),
      {[], [N]} = gen_server:multi_call([N_ || {_, N_} <- [Calc]], calc, 1),
      {[], [N]} = gen_server:multi_call([N_ || {_, N_} <- [Calc]], calc, 1, 5000),
      receive Early -> Early after 0 -> self() ! nothing_yet end,
      persistent_term:put(other, Other), receive nothing_yet -> watching end
    end)()`;
    expect(await evaluate(outcome)).toBe('watching');
    await server.close('over');
    expect(
      await evaluate(
        "receive {'DOWN', R, process, _, Why} -> {R =:= persistent_term:get(other), Why} after 5000 -> silence end",
      ),
    ).toBe('{true,<<"over">>}');
  });

  test('a reply that is no term is such an error', async () => {
    serve({ call: (request) => (request === 1 ? (Symbol('x') as never) : 2) });
    expect(await ask('1')).toMatch(/^\{\{exit,\{\{\{js_error,<<"not_a_term">>,/);
    expect(await ask('2')).toBe(clean('{ok,2}'));
    let deep: EncodableTerm = [];
    for (let n = 0; n < 1024; n++) deep = [deep];
    node.serve('other', { call: () => deep });
    expect(await evaluate(`element(1, calc_server:ask({other, '${node.name}'}, 1))`)).toMatch(
      /^\{exit,\{\{\{js_error,<<"term_too_deep">>,/,
    );
  });

  test('without a handler for calls they fail with undef', async () => {
    serve({ cast: () => undefined });
    expect(await ask('1')).toBe(exits('{undef,[{js,call,[1],[]}]}'));
  });

  test('is told to the handler error, with what it was about', async () => {
    const told: string[] = [];
    const bad = () => {
      throw new Error('bad');
    };
    const server = serve({
      call: bad,
      cast: bad,
      info: async () => bad(),
      terminate: bad,
      error: (error, { kind, message, from }) =>
        void told.push(`${kind} ${format(message)} ${(error as Error).message} ${from?.pid.node.name}`),
    });
    await evaluate('begin gen_server:cast(Calc, 1), Calc ! 2, catch gen_server:call(Calc, 3) end');
    await server.close();
    expect(told).toEqual([
      'cast 1 bad undefined',
      'info 2 bad undefined',
      `call 3 bad ${beam.name}`,
      'terminate normal bad undefined',
    ]);
  });
});

describe('an answer for later', () => {
  /** A server that keeps its callers. */
  function keeping(): { server: Server; callers: From[] } {
    const callers: From[] = [];
    const server = serve({
      call(_request, from) {
        callers.push(from);
        return NO_REPLY;
      },
    });
    return { server, callers };
  }

  /** Calls from a process of its own; what it gets can be asked for. */
  async function asking(server: Server, callers: From[], timeout = 5_000, linger = 0) {
    const outcome = node.rpc(
      beam.name,
      'calc_server',
      'ask',
      [tuple(atom('calc'), atom(node.name)), 1, timeout, linger],
      { timeout: 20_000 },
    );
    await until('the call', () => callers.length > 0);
    expect(server.closed).toBe(false);
    return { from: callers.shift()!, outcome: outcome.then(format) };
  }

  test('is given by reply, once', async () => {
    const { server, callers } = keeping();
    const first = await asking(server, callers);
    const second = await asking(server, callers);
    expect(server.reply(second.from, 'second')).toBe(true);
    expect(await second.outcome).toBe(clean('{ok,<<"second">>}'));
    expect(() => server.reply(first.from, (() => 1) as never)).toThrow(/Function|function/);
    expect(server.reply(first.from, 'first')).toBe(true);
    expect(server.reply(first.from, 'again')).toBe(false);
    expect(server.fail(first.from, new Error('again'))).toBe(false);
    expect(await first.outcome).toBe(clean('{ok,<<"first">>}'));
  });

  test('may be an error', async () => {
    const { server, callers } = keeping();
    const { from, outcome } = await asking(server, callers);
    expect(server.fail(from, new ErlangException('exit', atom('sorry')))).toBe(true);
    expect(await outcome).toMatch(/^\{\{exit,\{sorry,\{gen_server,call,.*\[\],\[\]\}$/);
    expect(server.reply(from, 'again')).toBe(false);
  });

  test('may be given by a process of Erlang', async () => {
    const { server, callers } = keeping();
    const { from, outcome } = await asking(server, callers);
    await node.rpc(beam.name, 'gen_server', 'reply', [from.term, 'by another']);
    expect(await outcome).toBe(clean('{ok,<<"by another">>}'));
  });

  test('that comes too late does not reach the caller', async () => {
    const { server, callers } = keeping();
    const { from, outcome } = await asking(server, callers, 100, 400);
    await beam.erlang.evaluateUntil(
      `[P || P <- processes(), {monitors, [{process, {calc, N}}]} <- [process_info(P, monitors)], N =:= '${node.name}']`,
      '[]',
    );
    server.reply(from, 'late');
    expect(await outcome).toMatch(/^\{\{exit,\{timeout,.*,\[\],\[\]\}$/);
  });

  test('to a caller that has died, or whose node is gone, is lost and hurts nothing', async () => {
    const doomed = await cluster.beam();
    const { server, callers } = keeping();
    await evaluate('register(dying, spawn(fun() -> gen_server:call(Calc, 1, infinity) end))');
    await doomed.erlang.evaluate(`spawn(fun() -> gen_server:call({calc, '${node.name}'}, 1, infinity) end)`);
    await until('the calls', () => callers.length === 2);
    await evaluate('exit(whereis(dying), kill)');
    await doomed.erlang.stop();
    await until('the link to be gone', () => !node.nodes().includes(doomed.name));
    const gone = callers.find(({ pid }) => pid.node.name === doomed.name)!;
    const attempts: string[] = [];
    const listen = (message: unknown) => void attempts.push((message as ConnectEvent).peer);
    subscribe('hidden-node:connect', listen);
    for (const from of callers.splice(0)) server.reply(from, 'nobody');
    const next = await asking(server, callers);
    unsubscribe('hidden-node:connect', listen);
    // A reply opens no connection.
    expect(attempts).toEqual([]);
    expect(server.fail(gone, 1)).toBe(false);
    server.reply(next.from, 'somebody');
    expect(await next.outcome).toBe(clean('{ok,<<"somebody">>}'));
  });

  test('after the end of the server is none', async () => {
    const { server, callers } = keeping();
    const { from, outcome } = await asking(server, callers);
    await server.close(atom('closed'));
    expect(await outcome).toMatch(/^\{\{exit,\{closed,/);
    expect(server.reply(from, 'late')).toBe(false);
    expect(server.fail(from, new Error('late'))).toBe(false);
  });
});

describe('requests', () => {
  /** Counts how many are handled at once, and holds each until all that are expected are there. */
  function counting(options: ServeOptions, expected: number) {
    const began: number[] = [];
    const all = gate();
    serve(
      {
        async call(request: Tuple<[Term, number]>) {
          began.push(request.elements[1]);
          if (began.length === expected) all.open();
          await all.opened;
          return request.elements[1];
        },
      },
      options,
    );
    return { began, open: all.open, answers: evaluate('calc_server:ask_many(Calc, 5, 5000)') };
  }

  test('are handled one at a time, whatever a handler waits for', async () => {
    let running = 0;
    let most = 0;
    serve({
      async call(request: Tuple<[Term, number]>) {
        most = Math.max(most, ++running);
        await new Promise((resolve) => setImmediate(resolve));
        running--;
        return request.elements[1];
      },
    });
    expect(await evaluate('calc_server:ask_many(Calc, 50, 5000)')).toMatch(/^\[1,2,.*,50\]$/);
    expect(most).toBe(1);
  });

  test('are handled a few at a time', async () => {
    const { began, answers } = counting({ concurrency: 3 }, 3);
    expect(await answers).toBe('[1,2,3,4,5]');
    expect(began).toHaveLength(5);
  });

  test('no more than that at once', async () => {
    const { began, open, answers } = counting({ concurrency: 2 }, 6);
    await until('two', () => began.length === 2);
    expect(await node.ping(beam.name)).toBe(true);
    expect(began).toHaveLength(2);
    open();
    expect(await answers).toBe('[1,2,3,4,5]');
  });

  test('are handled all at once', async () => {
    const { answers } = counting({ concurrency: Number.POSITIVE_INFINITY }, 5);
    expect(await answers).toBe('[1,2,3,4,5]');
  });
});

test('a server with a bound holds back those who send more than it can take, and loses nothing', async () => {
  const mailbox = node.mailbox('calc', { bound: { messages: 10 } });
  let [handled, most] = [0, 0];
  node.serve(mailbox, {
    call: () => handled,
    async cast() {
      most = Math.max(most, mailbox.size);
      await new Promise((resolve) => setImmediate(resolve));
      handled++;
    },
  });
  await evaluate('[gen_server:cast(Calc, N) || N <- lists:seq(1, 1000)], ok');
  expect(await evaluate('gen_server:call(Calc, handled)')).toBe('1000');
  expect(most).toBeGreaterThan(5);
  expect(most).toBeLessThanOrEqual(10);
});

test('wrong arguments are refused', async () => {
  const options = (concurrency: unknown) => () => node.serve('x', {}, { concurrency: concurrency as number });
  for (const bad of [0, -1, 1.5, Number.NaN, '2']) {
    expect(await failure(options(bad))).toMatchObject({ code: 'invalid_argument' });
  }
  expect(await failure(() => node.serve('x', undefined as never))).toMatchObject({ code: 'invalid_argument' });
  serve({});
  expect(await failure(() => serve({}))).toMatchObject({ code: 'registered_name_taken' });
  const other = await cluster.node();
  expect(await failure(() => node.serve(other.mailbox(), {}))).toMatchObject({ code: 'invalid_argument' });
  const closed = node.mailbox();
  closed.close();
  expect(await failure(() => node.serve(closed, {}))).toMatchObject({ code: 'invalid_argument' });
  const twice = node.mailbox();
  node.serve(twice, {});
  expect(await failure(() => node.serve(twice, {}))).toMatchObject({ code: 'invalid_argument' });
  await node.stop();
  expect(await failure(() => node.serve('x', {}))).toMatchObject({ code: 'node_stopped' });
});
