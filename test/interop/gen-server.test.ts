/** gen_servers of each release of Erlang/OTP called from here, and servers of the node called from there. */
import { beforeEach, expect, test } from 'vitest';
import {
  atom,
  ErlangException,
  format,
  type HiddenNode,
  HiddenNodeError,
  registered,
  type Term,
  Tuple,
  tuple,
} from '../../lib/index.ts';
import { useCluster } from '../helpers/cluster.ts';
import { load } from '../helpers/load.ts';
import { describeReleases } from '../helpers/releases.ts';
import { failure, until } from '../helpers/until.ts';

const CALC = new URL('../integration/erlang/calc_server.erl', import.meta.url);

describeReleases('gen_servers', ({ otp, options }) => {
  const { cluster, beam } = useCluster(({ erlang }) => load(erlang, CALC), options);
  let node: HiddenNode;
  let name: string;
  let counter = 0;

  beforeEach(async () => {
    name = `calc${++counter}`;
    await beam.erlang.evaluate(`calc_server:start(${name})`);
    node = await cluster.node();
  });

  const server = () => registered(name, beam.name);
  const evaluate = (expression: string) =>
    beam.erlang.evaluate(expression.replaceAll('Calc', `{calc, '${node.name}'}`).replaceAll('Node', `'${node.name}'`));

  /** A server that answers {add, A, B} and {echo, N}, and fails else. */
  function serve() {
    return node.serve('calc', {
      async call(request) {
        if (!(request instanceof Tuple)) throw new ErlangException('exit', tuple(atom('bad_request'), request));
        const [, a, b = 0] = request.elements as [Term, number, number?];
        return a + b;
      },
      state: () => tuple(atom('state'), 1),
    });
  }

  test('are called and cast to', async () => {
    expect(await node.call(server(), tuple(atom('add'), 1, 2))).toBe(3);
    node.cast(server(), tuple(atom('log'), 1));
    expect(await node.call(server(), atom('log'))).toEqual([1]);
    const many = Array.from({ length: 300 }, (_, n) => node.call(server(), tuple(atom('add'), n, n)));
    expect(await Promise.all(many)).toEqual(Array.from({ length: 300 }, (_, n) => 2 * n));
    const { replies } = await node.multiCall([beam.name], name, tuple(atom('add'), 5, 6));
    expect(replies).toEqual(new Map([[beam.name, 11]]));
    await beam.erlang.evaluateUntil(`process_info(whereis(${name}), monitored_by)`, '{monitored_by,[]}');
  });

  test('tell why they ended', async () => {
    const reasonOf = async (call: Promise<unknown>) => format(((await failure(call)) as HiddenNodeError).facts.reason);
    expect(await reasonOf(node.call(server(), tuple(atom('fail'), atom('exit'), 'x')))).toBe('<<"x">>');
    expect(await reasonOf(node.call(server(), 1))).toBe('noproc');
  });

  test('that answer too late are not heard', async () => {
    await node.connect(beam.name);
    expect(await failure(node.call(server(), atom('hold'), { timeout: 100 }))).toBeInstanceOf(HiddenNodeError);
    node.cast(server(), tuple(atom('release'), 'late'));
    expect(await node.call(server(), tuple(atom('add'), 1, 1))).toBe(2);
  });

  test('of this node answer', async () => {
    serve();
    expect(await evaluate('calc_server:ask(Calc, {add, 1, 2})')).toBe('{{ok,3},[],[]}');
    expect(await evaluate('gen_server:wait_response(gen_server:send_request(Calc, {add, 3, 4}), 5000)')).toBe(
      '{reply,7}',
    );
    for (const timeout of ['', ', 5000']) {
      expect(await evaluate(`gen_server:multi_call([Node], calc, {add, 5, 6}${timeout})`)).toBe(
        `{[{'${node.name}',11}],[]}`,
      );
    }
    expect(JSON.parse(await evaluate('calc_server:ask_many(Calc, 300, 30000)'))).toEqual(
      Array.from({ length: 300 }, (_, i) => i + 1),
    );
  });

  test('of this node fail calls without ending, however they are made', async () => {
    const calc = serve();
    expect(await evaluate('calc_server:ask(Calc, bad)')).toBe(
      `{{exit,{{bad_request,bad},{gen_server,call,[{calc,'${node.name}'},bad,5000]}}},[],[]}`,
    );
    expect(await evaluate('gen_server:wait_response(gen_server:send_request(Calc, bad), 5000)')).toBe(
      `{error,{{bad_request,bad},{calc,'${node.name}'}}}`,
    );
    for (const timeout of ['', ', 5000']) {
      expect(await evaluate(`gen_server:multi_call([Node], calc, bad${timeout})`)).toBe(`{[],['${node.name}']}`);
    }
    expect(await evaluate('receive Stray -> Stray after 0 -> process_info(self(), monitors) end')).toBe(
      '{monitors,[]}',
    );
    expect(calc.closed).toBe(false);
  });

  test('of this node that answer too late are not heard', async () => {
    let answer!: () => void;
    await node.connect(beam.name);
    node.serve('calc', { call: () => new Promise((resolve) => (answer = () => resolve('late'))) });
    const asked = evaluate('calc_server:ask(Calc, 1, 100, 500)');
    await until('the timeout', () => answer !== undefined && node.stats()[beam.name]!.messagesIn >= 3);
    answer();
    // Before OTP 24 a caller has no alias: there a late answer comes, as one of a gen_server does.
    const late = otp < 24 ? String.raw`\[\{#Ref<.*>,<<"late">>\}\]` : String.raw`\[\]`;
    expect(await asked).toMatch(new RegExp(String.raw`^\{\{exit,\{timeout,.*,${late},\[\]\}$`));
  });

  test('of this node are stopped, and show their state', async () => {
    const calc = serve();
    // Since OTP 26.1 sys:get_state takes the answer apart.
    expect(await evaluate('sys:get_state(Calc)')).toBe(otp < 27 ? '{ok,{state,1}}' : '{state,1}');
    expect(await evaluate('element(1, sys:get_status(Calc))')).toBe('status');
    expect(await evaluate('gen_server:stop(Calc, shutdown, 5000)')).toBe('ok');
    expect(await calc.ended).toMatchObject({ code: 'mailbox_closed' });
  });
});
