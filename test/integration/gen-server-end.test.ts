/** How servers of the node end, what they answer to system messages, and what they make of messages that are none. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { beforeEach, describe, expect, test } from 'vitest';
import {
  atom,
  type DroppedEvent,
  ErlangException,
  format,
  type HiddenNode,
  NO_REPLY,
  registered,
  type ServeOptions,
  type Server,
  type ServerHandlers,
  type Term,
  tuple,
} from '../../lib/index.ts';
import { useCluster } from '../helpers/cluster.ts';
import { failure, until } from '../helpers/until.ts';

const { cluster, beam } = useCluster();

let node: HiddenNode;
let terminated: string[];

beforeEach(async () => {
  node = await cluster.node();
  await node.connect(beam.name);
  terminated = [];
  await beam.erlang.evaluate('(fun F() -> receive _ -> F() after 0 -> flushed end end)()');
});

const evaluate = (expression: string) =>
  beam.erlang.evaluate(expression.replaceAll('Calc', `{calc, '${node.name}'}`).replaceAll('Node', `'${node.name}'`));

function serve(handlers: ServerHandlers = {}, options?: ServeOptions): Server {
  const terminate = (reason: Term) => void terminated.push(format(reason));
  return node.serve('calc', { terminate, ...handlers }, options);
}

/** The pid of the server as a source text of Erlang. */
async function pidOf(server: Server): Promise<string> {
  await node.rpc(beam.name, 'persistent_term', 'put', [atom('calc_pid'), server.pid]);
  return 'persistent_term:get(calc_pid)';
}

/** The reasons in the messages that a process gets which links and monitors the server, and calls it. */
const watch = (pid: string, request: string) => `(fun() ->
  Pid = ${pid}, process_flag(trap_exit, true), link(Pid), Ref = monitor(process, Calc),
  Called = (catch gen_server:call(Calc, ${request})),
  Down = receive {'DOWN', Ref, process, Calc, R1} -> R1 after 5000 -> silence end,
  Exit = receive {'EXIT', Pid, R2} -> R2 after 5000 -> silence end,
  process_flag(trap_exit, false), {Called, Down, Exit}
end)()`;

describe('a server with the option crash', () => {
  test('ends with what a handler throws, as in OTP', async () => {
    const thrown = new ErlangException('exit', tuple(atom('out_of'), 'paper'));
    const server = serve(
      {
        async call() {
          throw thrown;
        },
      },
      { crash: true },
    );
    const reason = '{out_of,<<"paper">>}';
    expect(await evaluate(watch(await pidOf(server), '1'))).toBe(
      `{{'EXIT',{${reason},{gen_server,call,[{calc,'${node.name}'},1]}}},${reason},${reason}}`,
    );
    expect(terminated).toEqual([reason]);
    const ended = await server.ended;
    expect(ended).toMatchObject({ code: 'exited', cause: thrown, facts: { name: 'calc' } });
    expect(format(ended.facts.reason)).toBe(reason);
    expect(ended.message).toBe(`the server calc crashed: ${reason}`);
    expect(server.closed).toBe(true);
    // The name is free.
    serve();
  });

  test('ends of a cast or a message too, and tells whoever waits', async () => {
    const bad = () => {
      throw new Error('bad');
    };
    for (const message of [1, tuple(atom('$gen_cast'), 1)]) {
      let calls = 0;
      const call = () => {
        calls++;
        return NO_REPLY;
      };
      const server = serve({ call, cast: bad, info: bad }, { crash: true });
      const called = evaluate('gen_server:receive_response(gen_server:send_request(Calc, 1), 5000)');
      await until('the call', () => calls === 1);
      node.send(server.pid, message);
      expect(await server.ended).toMatchObject({ code: 'exited', cause: { message: 'bad' } });
      expect(await called).toMatch(/^\{error,\{\{\{js_error,<<"Error">>,<<"bad">>\},\[/);
    }
  });
});

describe('a server is stopped', () => {
  test('by gen_server:stop, after the requests before it', async () => {
    const log: string[] = [];
    const server = serve({
      async cast(request) {
        await new Promise((resolve) => setImmediate(resolve));
        log.push(format(request));
      },
      async terminate(reason) {
        await new Promise((resolve) => setImmediate(resolve));
        log.push(`terminate ${format(reason)}`);
      },
    });
    await evaluate('gen_server:cast(Calc, 1), gen_server:cast(Calc, 2)');
    expect(await evaluate('gen_server:stop(Calc)')).toBe('ok');
    expect(await server.ended).toMatchObject({ code: 'mailbox_closed' });
    expect(log).toEqual(['1', '2', 'terminate normal']);
    expect(await evaluate('catch gen_server:stop(Calc)')).toMatch(/^\{'EXIT',noproc\}$/);
  });

  test.each(['shutdown', '{shutdown,now}', '{bad,[1,<<"x">>]}'])('with a reason: %s', async (reason) => {
    const server = serve();
    const pid = await pidOf(server);
    const monitored = `(fun() -> Ref = monitor(process, ${pid}), ok = gen_server:stop(Calc, ${reason}, 5000),
      receive {'DOWN', Ref, _, _, R} -> R after 5000 -> silence end end)()`;
    expect(await evaluate(monitored)).toBe(reason);
    expect(terminated).toEqual([reason]);
  });

  test('by close, which lets the handlers under way end, and tells those who wait', async () => {
    let finish!: () => void;
    const server = serve({
      call: (request) => (request === 1 ? new Promise((resolve) => (finish = () => resolve('done'))) : 'never'),
    });
    const answers = evaluate(`(fun() ->
      First = gen_server:send_request(Calc, 1), Second = gen_server:send_request(Calc, 2),
      {gen_server:receive_response(First, 5000), gen_server:receive_response(Second, 5000)}
    end)()`);
    await until('the call', () => finish !== undefined);
    const closing = server.close(tuple(atom('shutdown'), 'for today'));
    await node.ping(beam.name);
    expect([server.closed, terminated]).toEqual([false, []]);
    finish();
    await closing;
    expect(server.closed).toBe(true);
    expect(await answers).toBe(`{{reply,<<"done">>},{error,{{shutdown,<<"for today">>},{calc,'${node.name}'}}}}`);
    expect(terminated).toEqual(['{shutdown,<<"for today">>}']);
    await server.close('again');
    expect(terminated).toHaveLength(1);
  });

  test('by a handler, whose answer comes first', async () => {
    const server: Server = serve({
      call() {
        void server.close(atom('enough'));
        return 'bye';
      },
    });
    expect(await evaluate('gen_server:call(Calc, 1)')).toBe('<<"bye">>');
    await server.ended;
    expect(terminated).toEqual(['enough']);
  });

  test('by an exit signal from a process that it is linked to', async () => {
    const server = serve();
    await evaluate(`spawn(fun() -> link(${await pidOf(server)}), exit(together) end)`);
    expect(await server.ended).toMatchObject({ code: 'exited', facts: { reason: atom('together') } });
    expect(terminated).toEqual(['together']);
  });

  test('and not when it traps exits', async () => {
    const told: string[] = [];
    const server = serve({ info: (message) => void told.push(format(message)) }, { trapExit: true });
    await evaluate(`spawn(fun() -> link(${await pidOf(server)}), exit(together) end)`);
    await until('the message', () => told.length > 0);
    expect(told[0]).toMatch(/^\{'EXIT',<.*>,together\}$/);
    expect(server.closed).toBe(false);
  });

  test('by the end of the node', async () => {
    const server = serve();
    const pid = await pidOf(server);
    await evaluate(`register(watcher, spawn(fun() -> Ref = monitor(process, ${pid}),
      receive {'DOWN', Ref, _, _, R} -> persistent_term:put(ended_with, R) end end))`);
    await node.ping(beam.name);
    await node.stop();
    expect(await server.ended).toMatchObject({ code: 'node_stopped' });
    expect(terminated).toEqual(['shutdown']);
    await beam.erlang.evaluateUntil('persistent_term:get(ended_with, none)', 'shutdown');
  });

  test('by await using', async () => {
    const server = serve();
    await server[Symbol.asyncDispose]();
    expect([server.closed, terminated]).toEqual([true, ['normal']]);
    expect(await failure(server.close((() => 1) as never))).toMatchObject({ code: 'not_a_term' });
  });
});

describe('system messages', () => {
  test('get_state and get_status give what the handler state does', async () => {
    const server = serve({ state: async () => tuple(atom('balance'), 7) });
    expect(await evaluate('sys:get_state(Calc)')).toBe('{ok,{balance,7}}');
    const pid = await pidOf(server);
    expect(
      await evaluate(`(fun() -> {status, Pid, {module, js}, [[], running, _, [], Items]} = sys:get_status(Calc),
        {Pid =:= ${pid}, Items} end)()`),
    ).toMatch(
      /^\{true,\[\{header,"Status for the JavaScript server calc"\},\{data,\[\{"Status",running\},.*\{data,\[\{"State",\{balance,7\}\}\]\}\]\}$/,
    );
  });

  test('without that handler there is no state', async () => {
    serve();
    expect(await evaluate('catch sys:get_state(Calc)')).toMatch(/^\{'EXIT',\{\{unknown_system_msg,get_state\},/);
    expect(await evaluate('tuple_size(sys:get_status(Calc))')).toBe('4');
  });

  test('a state that fails, or has no term, is said to', async () => {
    let state: () => never = () => {
      throw new ErlangException('error', atom('oops'));
    };
    serve({ state: () => state() });
    const failed = (what: string) => `{'EXIT',{{callback_failed,{js,state},{${what}}},`;
    expect(await evaluate('catch sys:get_state(Calc)')).toContain(failed('error,oops'));
    state = () => Symbol('x') as never;
    expect(await evaluate('catch sys:get_state(Calc)')).toContain('{js_error,<<"not_a_term">>,');
  });

  test('any other is answered with an error, as OTP answers those that it does not know', async () => {
    serve();
    expect(await evaluate('sys:suspend(Calc)')).toBe('{error,{unknown_system_msg,suspend}}');
    expect(await evaluate('catch sys:replace_state(Calc, fun(S) -> S end)')).toContain('unknown_system_msg');
    expect(await evaluate('sys:no_debug(Calc)')).toBe('{error,{unknown_system_msg,{debug,no_debug}}}');
    const deep = 'lists:foldl(fun(_, T) -> [T] end, [], lists:seq(1, 1022))';
    expect(await evaluate(`element(1, element(2, catch gen:call(Calc, system, ${deep}, 5000)))`)).toContain(
      '{js_error,<<"term_too_deep">>,',
    );
  });
});

describe('messages', () => {
  test('that have not the form of requests go to info, and hurt nothing', async () => {
    const told: string[] = [];
    const server = serve({ call: () => 'alive', cast: () => undefined, info: (term) => void told.push(format(term)) });
    const messages = [
      "{'$gen_call',x,y}",
      "{'$gen_call',{self(),1,2},y}",
      "{'$gen_call',{x,make_ref()},y}",
      "{'$gen_call',{self(),1}}",
      "{'$gen_cast'}",
      '{system,x,get_state}',
      "['$gen_call',{self(),1},y]",
      "['$gen_cast'|1]",
      "'$gen_call'",
      'undefined',
    ];
    for (const message of messages) await evaluate(`Calc ! ${message}`);
    // Strange tags are answered as they are, to the caller; one that names an alias of somebody else goes there.
    for (const tag of [
      'x',
      '[]',
      '[alias]',
      '[alias|x]',
      '[[alias|x]|y]',
      '[[alias|make_ref()]|y]',
      '[other|make_ref()]',
    ]) {
      await evaluate(`Calc ! {'$gen_call',{self(),${tag}},y}`);
    }
    expect(await evaluate('gen_server:call(Calc, 1)')).toBe('<<"alive">>');
    expect(told).toHaveLength(messages.length);
    expect(told[0]).toBe("{'$gen_call',x,y}");
    expect(server.closed).toBe(false);
    const answers = '(fun F() -> receive {Tag, _} -> [Tag | F()] after 0 -> [] end end)()';
    expect(await evaluate(answers)).toMatch(
      /^\[x,\[\],\[alias\],\[alias\|x\],\[\[alias\|x\]\|y\],\[other\|#Ref<.*>\]\]$/,
    );
  });

  test('for which there is no handler are dropped and counted', async () => {
    const dropped: DroppedEvent[] = [];
    const listen = (message: unknown) => void dropped.push(message as DroppedEvent);
    subscribe('hidden-node:dropped', listen);
    try {
      serve({ call: () => 1 });
      await evaluate('begin gen_server:cast(Calc, 1), Calc ! 2, gen_server:call(Calc, 3) end');
    } finally {
      unsubscribe('hidden-node:dropped', listen);
    }
    const event = { node: node.name, to: 'calc', reason: 'no_handler', count: 1 };
    expect(dropped).toEqual([event, event]);
  });
});

test('a mailbox can be made a server, and keeps its links and monitors', async () => {
  const mailbox = node.mailbox('calc');
  const told: string[] = [];
  await evaluate('Calc ! early');
  await until('the message', () => mailbox.size === 1);
  const before = mailbox.receive({ match: 'nothing' }).catch(({ code }) => code);
  const server = node.serve(mailbox, { call: () => 'served', info: (term) => void told.push(format(term)) });
  const monitor = mailbox.monitor(registered('nobody', beam.name));
  expect(await evaluate('gen_server:call(Calc, 1)')).toBe('<<"served">>');
  await until('DOWN', () => told.length === 2);
  expect(told).toEqual(['early', `{'DOWN',${format(monitor)},process,{nobody,'${beam.name}'},noproc}`]);
  expect([server.pid, server.name]).toEqual([mailbox.pid, 'calc']);
  mailbox.close(atom('given_up'));
  expect(await server.ended).toMatchObject({ code: 'mailbox_closed', facts: { reason: atom('given_up') } });
  expect(await before).toBe('mailbox_closed');
  // A handler that the mailbox had gets nothing any more.
  const handled = node.mailbox('calc').onMessage(() => told.push('handled'));
  node.serve(handled, { call: () => 'served again' });
  expect(await evaluate('gen_server:call(Calc, 1)')).toBe('<<"served again">>');
  expect(told).toHaveLength(2);
});
