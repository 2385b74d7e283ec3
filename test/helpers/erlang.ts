/** Real Erlang nodes for the tests: `erl`, with its expressions evaluated by `erl_eval` and printed as `~0tp` does. */
import { BeamNode, type BeamOptions, launch, QUIET } from './beam-node.ts';

const SERVE = `
  io:setopts(standard_io, [{encoding, latin1}]),
  Serve = fun(Self, Bindings) ->
    case io:get_line("") of
      eof -> halt();
      Line ->
        {Answer, Next} = try
          Text = unicode:characters_to_list(base64:decode(string:trim(Line))),
          {ok, Tokens, _} = erl_scan:string(Text ++ "."),
          {ok, Parsed} = erl_parse:parse_exprs(Tokens),
          {value, Value, Bound} = erl_eval:exprs(Parsed, Bindings),
          {{ok, Value}, Bound}
        catch Class:Reason:Stack -> {{Class, Reason, Stack}, Bindings} end,
        Printed = unicode:characters_to_binary(io_lib:format("~0tp", [element(2, Answer)])),
        io:put_chars(["@@", atom_to_list(element(1, Answer)), " ", base64:encode(Printed), "\\n"]),
        Self(Self, Next)
    end
  end,
  io:put_chars("@@up\\n"),
  Serve(Serve, []).`;

export type ErlangOptions = BeamOptions;

/** A running `erl`. Expressions have no final full stop. Stop it with {@link ErlangNode.stop}, or let `await using` do it. */
export class ErlangNode extends BeamNode {
  static async start(options: ErlangOptions = {}): Promise<ErlangNode> {
    const args = ['-noshell', '+Bd', ...QUIET];
    if (options.name !== undefined) args.push(options.short ? '-sname' : '-name', options.name);
    if (options.cookie !== undefined) args.push('-setcookie', options.cookie);
    args.push(...(options.arguments ?? []), '-eval', SERVE);
    return new ErlangNode(launch(options.executable ?? 'erl', args, options)).untilUp();
  }
}
