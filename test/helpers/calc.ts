/**
 * The module `calc` twice: for a real Erlang node, and as functions that a node of the library exposes. What one does the other must do as
 * well, as seen by whoever calls it.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { type Atom, atom, ErlangException, type ExposedFunctions, type Term, tuple } from '../../lib/index.ts';
import type { ErlangNode } from './erlang.ts';

const FORMS = [
  '-module(calc).',
  '-export([add/2, echo/1, zero/0, fail/1, slow/2]).',
  'add(A, B) -> A + B.',
  'echo(X) -> X.',
  'zero() -> 0.',
  `fail(error) -> error(broken); fail(exit) -> exit(gone); fail(throw) -> throw(ball); fail(normal) -> exit(normal);
   fail(nested) -> error({nested, [1, "two"]}); fail('EXIT') -> {'EXIT', returned}; fail(thrown_exit) -> throw({'EXIT', thrown});
   fail(badrpc) -> {badrpc, returned}.`,
  'slow(Milliseconds, Value) -> timer:sleep(Milliseconds), Value.',
];

/** Loads the module. */
export async function loadCalc(erlang: ErlangNode): Promise<void> {
  const forms = FORMS.map((form) => `"${form.replaceAll('"', '\\"')}"`).join(', ');
  await erlang.evaluate(`begin
    CalcForms = [begin {ok, Tokens, _} = erl_scan:string(Form), {ok, Parsed} = erl_parse:parse_form(Tokens), Parsed end || Form <- [${forms}]],
    {ok, calc, CalcCode} = compile:forms(CalcForms, []),
    {module, calc} = code:load_binary(calc, "calc", CalcCode), ok
  end`);
}

function fail(how: Term): ReturnType<ExposedFunctions[string]> {
  switch ((how as Atom).name) {
    case 'error':
      throw new ErlangException('error', atom('broken'));
    case 'exit':
      throw new ErlangException('exit', atom('gone'));
    case 'throw':
      throw atom('ball');
    case 'normal':
      throw new ErlangException('exit', atom('normal'));
    case 'nested':
      throw new ErlangException('error', tuple(atom('nested'), [1, [116, 119, 111]]));
    case 'EXIT':
      return tuple(atom('EXIT'), atom('returned'));
    case 'thrown_exit':
      throw new ErlangException('throw', tuple(atom('EXIT'), atom('thrown')));
    default:
      return tuple(atom('badrpc'), atom('returned'));
  }
}

export const calc: ExposedFunctions = {
  'add/2': (a: number, b: number) => a + b,
  'echo/1': (value) => value,
  'zero/0': () => 0,
  'fail/1': fail,
  'slow/2': async (milliseconds: number, value) => {
    await delay(milliseconds);
    return value;
  },
};

/**
 * Gives a node what {@link outcome} needs, under names of the shell: `Shown` takes out of a term what two nodes cannot have in common, where in
 * a file a function stands, and frames that are JavaScript's.
 */
export async function prepare(erlang: ErlangNode): Promise<void> {
  await erlang.evaluate(`begin
    Shown = fun
      Show({M, F, A, Where}) when is_atom(M), is_atom(F), is_list(Where) -> {M, F, Show(A)};
      Show([{js, F, 0, _} | Rest]) when is_atom(F) -> Show(Rest);
      Show([First | Rest]) -> [Show(First) | Show(Rest)];
      Show(Tuple) when is_tuple(Tuple) -> list_to_tuple(Show(tuple_to_list(Tuple)));
      Show(Other) -> Other
    end,
    Caught = fun(Run, Node) -> Shown(try Run(Node) catch Class:Reason -> {Class, Reason} end) end,
    Down = fun({_, Monitor}) -> receive {'DOWN', Monitor, process, _, Reason} -> Reason after 10000 -> nothing end end,
    Exit = fun(Start) ->
      process_flag(trap_exit, true), Pid = Start(),
      Reason = receive {'EXIT', Pid, R} -> R after 10000 -> nothing end,
      process_flag(trap_exit, false), Reason
    end,
    Reply = fun(Request) -> receive {spawn_reply, Request, Kind, Result} -> {Kind, is_pid(Result) orelse Result} after 10000 -> nothing end end,
    ok
  end`);
}

/** What an expression gives, in which `N` is the node; an exception is `{Class, Reason}`. */
export async function outcome(erlang: ErlangNode, expression: string, node: string): Promise<string> {
  const printed = await erlang.evaluate(`Caught(fun(N) -> ${expression} end, '${node}')`);
  return printed.replaceAll(node, 'NODE');
}

/** Calls and processes for which a node of the library must be no different from one of Erlang. */
export const EXPRESSIONS = [
  // rpc
  'rpc:call(N, calc, add, [1, 2])',
  'rpc:call(N, calc, add, [1, 2], 10000)',
  'rpc:call(N, calc, echo, [{1.5, <<"b">>, "list", #{k => [self]}, \'Ä\', 1 bsl 100, true, undefined, nil}])',
  'rpc:call(N, calc, fail, [error])',
  'rpc:call(N, calc, fail, [nested])',
  'rpc:call(N, calc, fail, [exit])',
  'rpc:call(N, calc, fail, [normal])',
  'rpc:call(N, calc, fail, [throw])',
  "rpc:call(N, calc, fail, ['EXIT'])",
  'rpc:call(N, calc, fail, [thrown_exit])',
  'rpc:call(N, calc, fail, [badrpc])',
  'rpc:call(N, no_module, f, [x])',
  'rpc:call(N, calc, no_function, [])',
  'rpc:call(N, calc, add, [1, 2, 3])',
  'rpc:call(N, true, nil, [])',
  'rpc:call(N, calc, slow, [60000, 1], 100)',
  'rpc:cast(N, calc, add, [1, 2])',
  'rpc:multicall([N], calc, add, [1, 2])',
  'rpc:multicall([N, N], calc, fail, [error])',
  'rpc:multicall([N], calc, fail, [throw])',
  'rpc:multicall([N], calc, slow, [60000, 1], 100)',
  'rpc:yield(rpc:async_call(N, calc, add, [1, 2]))',
  'rpc:yield(rpc:async_call(N, calc, fail, [exit]))',
  'rpc:nb_yield(rpc:async_call(N, calc, slow, [1, x]), 10000)',
  'rpc:block_call(N, calc, add, [1, 2])',
  'rpc:block_call(N, calc, fail, [error])',
  'rpc:block_call(N, calc, fail, [throw])',
  'rpc:block_call(N, no_module, f, [x], 10000)',
  'rpc:sbcast([N], echo, hello)',
  'rpc:sbcast([N], nobody, hello)',
  'rpc:server_call(N, nobody, reply, hello)',
  // The messages of old releases and of C nodes
  'gen_server:call({rex, N}, {call, calc, add, [1, 2], group_leader()})',
  'gen_server:call({rex, N}, {call, calc, fail, [error], user})',
  'gen_server:call({rex, N}, {call, 1, 2, 3, user})',
  'gen_server:call({rex, N}, {call, calc, add, [1 | 2], user})',
  'begin {rex, N} ! {self(), {call, calc, add, [1, 2], user}}, receive {rex, Result} -> Result after 10000 -> nothing end end',
  'begin {rex, N} ! {self(), {call, calc, fail, [exit], user}}, receive {rex, Result} -> Result after 10000 -> nothing end end',
  'begin {rex, N} ! {self(), {send, nobody, hi}}, receive {rex, N, Result} -> Result after 10000 -> nothing end end',
  'begin {rex, N} ! {self(), features_request}, receive {features_reply, N, Features} -> Features after 10000 -> nothing end end',
  // erpc
  'erpc:call(N, calc, add, [1, 2])',
  'erpc:call(N, calc, add, [1, 2], 10000)',
  'erpc:call(N, calc, fail, [error])',
  'erpc:call(N, calc, fail, [exit])',
  'erpc:call(N, calc, fail, [throw])',
  "erpc:call(N, calc, fail, ['EXIT'])",
  'erpc:call(N, no_module, f, [x])',
  'erpc:call(N, calc, add, [1 | 2])',
  'erpc:call(N, calc, slow, [60000, 1], 100)',
  'erpc:call(N, fun calc:zero/0)',
  'erpc:call(N, fun calc:no_function/0)',
  'erpc:call(N, erlang, apply, [fun calc:add/2, [1, 2]])',
  'erpc:call(N, erlang, apply, [fun calc:fail/1, [error]])',
  'erpc:call(N, erlang, apply, [fun calc:add/2, [1]])',
  'erpc:call(N, erlang, apply, [no_fun, [1]])',
  'erpc:multicall([N, N], calc, add, [1, 2])',
  'erpc:multicall([N, N], calc, fail, [error], 10000)',
  'erpc:multicall([N], calc, fail, [exit])',
  'erpc:multicall([N], calc, fail, [throw])',
  'erpc:multicall([N], calc, slow, [60000, 1], 100)',
  'erpc:receive_response(erpc:send_request(N, calc, add, [1, 2]))',
  'erpc:receive_response(erpc:send_request(N, calc, fail, [error]))',
  'erpc:wait_response(erpc:send_request(N, calc, slow, [60000, 1]), 50)',
  'erpc:cast(N, calc, add, [1, 2])',
  'erpc:multicast([N], calc, fail, [error])',
  // Processes
  'is_pid(spawn(N, calc, add, [1, 2]))',
  'is_pid(spawn(N, fun() -> ok end))',
  'Down(spawn_monitor(N, calc, add, [1, 2]))',
  'Down(spawn_monitor(N, calc, slow, [1, x]))',
  'Down(spawn_monitor(N, calc, fail, [error]))',
  'Down(spawn_monitor(N, calc, fail, [exit]))',
  'Down(spawn_monitor(N, calc, fail, [throw]))',
  'Down(spawn_monitor(N, no_module, f, [x]))',
  'Down(spawn_monitor(N, calc, add, [1]))',
  'Down(spawn_monitor(N, fun calc:zero/0))',
  'Down(spawn_monitor(N, erpc, execute_call, [reference, calc, fail, [error]]))',
  'Down(spawn_monitor(N, erpc, execute_call, [reference, calc, add, [1, 2]]))',
  'Down(spawn_monitor(N, erpc, execute_call, [reference, 1, 2, 3]))',
  'Down(spawn_monitor(N, erpc, execute_call, [reference, calc]))',
  'Down(spawn_opt(N, calc, slow, [1, x], [monitor, link, {priority, high}, {min_heap_size, 1000}]))',
  'Exit(fun() -> spawn_link(N, calc, add, [1, 2]) end)',
  'Exit(fun() -> spawn_link(N, calc, fail, [error]) end)',
  'Exit(fun() -> spawn_link(N, no_module, f, []) end)',
  'Exit(fun() -> spawn_opt(N, calc, fail, [exit], [link]) end)',
  'Exit(fun() -> Pid = spawn_link(N, calc, slow, [60000, x]), exit(Pid, kill), Pid end)',
  'Exit(fun() -> Pid = spawn_link(N, calc, slow, [60000, x]), exit(Pid, enough), Pid end)',
  'Reply(spawn_request(N, calc, add, [1, 2]))',
  'Reply(spawn_request(N, no_module, f, []))',
  'Reply(spawn_request(N, calc, add, [1, 2], [{reply, success_only}, link, monitor]))',
  'Reply(spawn_request(N, calc, add, [1, 2], [unknown]))',
  'Reply(spawn_request(N, calc, add, [1, 2], [{priority, highest}]))',
  'Reply(spawn_request(N, calc, add, [1, 2], [{one, two, three}]))',
  'Reply(spawn_request(N, calc, add, [1, 2], [{fullsweep_after, -1}]))',
  'Reply(spawn_request(N, calc, add, [1, 2], [{scheduler, 1}, {fullsweep_after, 3}, {message_queue_data, off_heap}]))',
  'Reply(spawn_request(N, calc, add, [1, 2], [{max_heap_size, 100000}, {min_bin_vheap_size, 1}, {priority, low}]))',
  'spawn_opt(N, calc, add, [1, 2], [unknown])',
];
