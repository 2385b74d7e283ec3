/** Real Elixir nodes for the tests: `elixir`, with its expressions evaluated by `Code.eval_string` and printed as `inspect` does. */
import { BeamNode, type BeamOptions, launch, QUIET } from './beam-node.ts';

const SERVE = `
  serve = fn serve, bindings ->
    case IO.gets("") do
      line when is_binary(line) ->
        {kind, printed, bindings} =
          try do
            {value, bindings} = Code.eval_string(Base.decode64!(String.trim(line)), bindings)
            {"ok", inspect(value, limit: :infinity, printable_limit: :infinity), bindings}
          catch
            kind, reason -> {to_string(kind), Exception.format(kind, reason, __STACKTRACE__), bindings}
          end
        IO.puts("@@" <> kind <> " " <> Base.encode64(printed))
        serve.(serve, bindings)
      _ -> System.halt()
    end
  end
  IO.puts("@@up")
  serve.(serve, [])`;

export type ElixirOptions = BeamOptions;

/** A running `elixir`. Stop it with {@link ElixirNode.stop}, or let `await using` do it. */
export class ElixirNode extends BeamNode {
  static async start(options: ElixirOptions = {}): Promise<ElixirNode> {
    // Each word of `--erl` becomes an argument of `erl`; none of them may have a blank.
    const args = ['--erl', ['+Bd', ...QUIET, ...(options.arguments ?? [])].join(' ')];
    if (options.name !== undefined) args.push(options.short ? '--sname' : '--name', options.name);
    if (options.cookie !== undefined) args.push('--cookie', options.cookie);
    args.push('-e', SERVE);
    const environment = { LC_ALL: 'C.UTF-8', ...options.environment };
    return new ElixirNode(launch(options.executable ?? 'elixir', args, { ...options, environment })).untilUp();
  }
}
