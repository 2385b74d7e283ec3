/** Erlang modules that tests bring along, compiled by the node itself: so any release can have them, in whatever folder it lives. */
import { readFile } from 'node:fs/promises';
import type { ErlangNode } from './erlang.ts';

/** @param sources - `.erl` files without macros */
export async function load(erlang: ErlangNode, ...sources: URL[]): Promise<void> {
  for (const source of sources) {
    const text = (await readFile(source)).toString('base64');
    await erlang.evaluate(`(fun() ->
      {ok, Tokens, _} = erl_scan:string(unicode:characters_to_list(base64:decode("${text}"))),
      Split = fun
        Split([], []) -> [];
        Split([{dot, _} = Dot | Rest], Form) -> [lists:reverse([Dot | Form]) | Split(Rest, [])];
        Split([Token | Rest], Form) -> Split(Rest, [Token | Form])
      end,
      Forms = [begin {ok, Form} = erl_parse:parse_form(One), Form end || One <- Split(Tokens, [])],
      {ok, Module, Code} = compile:forms(Forms, []),
      {module, Module} = code:load_binary(Module, "test", Code)
    end)()`);
  }
}
