/**
 * Real Erlang nodes for the tests: each is an `erl` process that evaluates expressions sent to its standard input,
 * so that a test can look at the cluster from the Erlang side without using the library under test.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { killed } from './child.ts';

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

export interface ErlangOptions {
  /** Full node name; with `short: true` it is passed to `-sname`. Absent: a node that is not distributed. */
  name?: string;
  short?: boolean;
  cookie?: string;
  epmdPort?: number;
  /** Further arguments of `erl`. */
  arguments?: string[];
  environment?: Record<string, string>;
  executable?: string;
}

/** A running `erl`. Stop it with {@link ErlangNode.stop}, or let `await using` do it. */
export class ErlangNode {
  readonly #child: ChildProcess;
  readonly #answers: AsyncIterator<string>;
  #queue: Promise<unknown> = Promise.resolve();
  readonly #log: string[] = [];

  private constructor(child: ChildProcess) {
    this.#child = child;
    this.#answers = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
    child.stderr!.on('data', (chunk: Buffer) => this.#log.push(chunk.toString()));
  }

  static async start(options: ErlangOptions = {}): Promise<ErlangNode> {
    const args = ['-noshell', '+Bd', '-start_epmd', 'false', '-kernel', 'logger_level', 'error'];
    if (options.name !== undefined) args.push(options.short ? '-sname' : '-name', options.name);
    if (options.cookie !== undefined) args.push('-setcookie', options.cookie);
    args.push(...(options.arguments ?? []), '-eval', SERVE);
    const env: NodeJS.ProcessEnv = { ...process.env, ERL_CRASH_DUMP_SECONDS: '0', ...options.environment };
    if (options.epmdPort !== undefined) env.ERL_EPMD_PORT = String(options.epmdPort);
    // erl must not inherit what only concerns the Node.js process (a sanitizer's preload, for one).
    delete env.LD_PRELOAD;
    delete env.NODE_OPTIONS;
    const child = spawn(options.executable ?? 'erl', args, { env, stdio: ['pipe', 'pipe', 'pipe'] });
    const node = new ErlangNode(child);
    const line = await node.#nextAnswer();
    if (line !== 'up') throw new Error(`erl did not start: ${line}\n${node.log}`);
    return node;
  }

  /** Evaluates an expression sequence (no final full stop); bindings are kept. Resolves to the value as `~0tp` prints it. */
  async evaluate(expression: string): Promise<string> {
    const turn = this.#queue.then(async () => {
      this.#child.stdin!.write(`${Buffer.from(expression).toString('base64')}\n`);
      const answer = await this.#nextAnswer();
      const space = answer.indexOf(' ');
      const text = Buffer.from(answer.slice(space + 1), 'base64').toString('utf8');
      if (answer.slice(0, space) !== 'ok') throw new Error(`${expression} raised ${text}`);
      return text;
    });
    this.#queue = turn.catch(() => undefined);
    return turn;
  }

  /** Evaluates until the printed value equals `expected` (a state is awaited, never a time), within `timeout` milliseconds. */
  async evaluateUntil(expression: string, expected: string, timeout = 15_000): Promise<void> {
    const end = Date.now() + timeout;
    for (;;) {
      const value = await this.evaluate(expression);
      if (value === expected) return;
      if (Date.now() > end) throw new Error(`${expression} is still ${value}, not ${expected}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  get pid(): number {
    return this.#child.pid!;
  }

  get log(): string {
    return this.#log.join('');
  }

  /** Sends a signal to the operating-system process, such as SIGKILL, SIGSTOP or SIGCONT. */
  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  async stop(): Promise<void> {
    await killed(this.#child);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #nextAnswer(): Promise<string> {
    for (;;) {
      const { value, done } = await this.#answers.next();
      if (done) throw new Error(`erl ended\n${this.log}`);
      if (value.startsWith('@@')) return value.slice(2);
      this.#log.push(`${value}\n`);
    }
  }
}
