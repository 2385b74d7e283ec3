/** Nodes that bring their own EPMD: clusters on a machine without Erlang's, and what becomes of them when the one that has it goes. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { HiddenNode, names, type StartOptions } from '../../lib/index.ts';
import { killed } from '../helpers/child.ts';
import { uniqueName } from '../helpers/cluster.ts';
import { Epmd, freePort } from '../helpers/epmd.ts';
import { EpmdTalk } from '../helpers/epmd-talk.ts';
import { ErlangNode } from '../helpers/erlang.ts';
import { ensureBuilt } from '../helpers/program.ts';
import { failure, until } from '../helpers/until.ts';

const cookie = 'secret';
let port: number;
const running: { stop(): Promise<unknown> }[] = [];

beforeEach(async () => {
  port = await freePort();
});
afterEach(async () => {
  vi.unstubAllEnvs();
  for (const one of running.splice(0).reverse()) await one.stop();
});

function keep<T extends { stop(): Promise<unknown> }>(one: T): T {
  running.push(one);
  return one;
}

async function start(options: Partial<StartOptions> = {}): Promise<HiddenNode> {
  return keep(await HiddenNode.start({ name: uniqueName('js'), cookie, epmd: { embedded: true, port }, ...options }));
}

const erl = async (name: string) => keep(await ErlangNode.start({ name, cookie, epmdPort: port }));

const alivePart = (name: string) => name.split('@')[0]!;

/** The names in the EPMD at the port; undefined while there is none. */
const listed = () =>
  names({ port }).then(
    (all) => all.map(({ name }) => name).sort(),
    () => undefined,
  );

/** Waits until EPMD has exactly the nodes of these names. */
const untilListed = (...expected: string[]) =>
  until(`${expected} in EPMD`, async () => String(await listed()) === String(expected.map(alivePart).sort()));

const portIsFree = async () => ((await failure(EpmdTalk.open(port))) as NodeJS.ErrnoException).code === 'ECONNREFUSED';

/** A process that runs test/integration/programs/embedded.mjs. */
class NodeProcess {
  readonly events: string[] = [];
  readonly #answers: string[] = [];
  readonly #child: ChildProcess;

  constructor(epmdPort: number) {
    const program = join(import.meta.dirname, 'programs/embedded.mjs');
    this.#child = spawn(process.execPath, [program, JSON.stringify({ port: epmdPort, cookie })], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { ...process.env, NODE_OPTIONS: '' },
    });
    createInterface({ input: this.#child.stdout! }).on('line', (line) => {
      const [kind, ...rest] = line.split(' ');
      (kind === 'event' ? this.events : this.#answers).push(rest.join(' '));
    });
  }

  async tell(line: string): Promise<string> {
    this.#child.stdin!.write(`${line}\n`);
    return until(`an answer to ${line}`, () => this.#answers.shift());
  }

  kill(): Promise<void> {
    return killed(this.#child);
  }

  /** Says that nothing more comes, and gives the exit code. */
  async end(): Promise<number> {
    this.#child.stdin!.end();
    const [code] = await once(this.#child, 'exit');
    return code as number;
  }

  stop(): Promise<void> {
    return this.kill();
  }
}

async function nodeProcess(name: string): Promise<NodeProcess> {
  const child = keep(new NodeProcess(port));
  expect(await child.tell(`start ${name}`)).toBe('started');
  return child;
}

describe('processes without any other EPMD', () => {
  beforeAll(() => ensureBuilt());

  test('find each other, also after the one that has EPMD is killed, and an Erlang node joins them', async () => {
    const [one, two, three, beam] = ['js1', 'js2', 'js3', 'beam'].map((prefix) => uniqueName(prefix)) as [
      string,
      string,
      string,
      string,
    ];
    const host = await nodeProcess(one);
    const guest = await nodeProcess(two);
    await untilListed(one, two);
    expect(await host.tell(`ping ${one} ${two}`)).toBe('pong');
    const erlang = await erl(beam);
    await untilListed(one, two, beam);
    expect(await erlang.evaluate(`[net_adm:ping(N) || N <- ['${one}', '${two}']]`)).toBe('[pong,pong]');

    await host.kill();
    await until('the take-over', () => guest.events.includes('regained'));
    expect(guest.events).toEqual(['lost epmd_unreachable', 'regained']);
    // A process that was not there before finds who was.
    const late = await nodeProcess(three);
    expect(await late.tell(`ping ${three} ${two}`)).toBe('pong');
    // Erlang registers again by itself, within some two seconds.
    await untilListed(two, three, beam);
    expect(await late.tell(`ping ${three} ${beam}`)).toBe('pong');
    expect(await erlang.evaluate(`net_adm:ping('${three}')`)).toBe('pong');
  });

  test('that start at the same time agree on one EPMD, time after time', async () => {
    const all = Array.from({ length: 4 }, () => uniqueName('js'));
    const processes = all.map(() => keep(new NodeProcess(port)));
    await Promise.all(processes.map((each) => each.tell('ready')));
    const answers = await Promise.all(processes.map((each, i) => each.tell(`start ${all[i]}`)));
    expect(answers).toEqual(all.map(() => 'started'));
    await untilListed(...all);
    while (processes.length > 1) {
      // Which of them has it is not known: whoever is killed, the others go on.
      await processes.shift()!.kill();
      all.shift();
      await untilListed(...all);
    }
  });

  test('end when their nodes have stopped, and leave EPMD to the others', async () => {
    const [one, two] = [uniqueName('js'), uniqueName('js')];
    const host = await nodeProcess(one);
    const guest = await nodeProcess(two);
    expect(await host.tell(`stop ${one}`)).toBe('stopped');
    expect(await host.end()).toBe(0);
    await untilListed(two);
    expect(guest.events).toEqual(['lost epmd_unreachable', 'regained']);
    expect(await guest.tell(`stop ${two}`)).toBe('stopped');
    expect(await guest.end()).toBe(0);
    expect(await portIsFree()).toBe(true);
  });
});

describe('one process', () => {
  test('shares one EPMD between its nodes, until the last of them stops', async () => {
    const [one, two] = [await start(), await start()];
    expect(await one.ping(two.name)).toBe(true);
    const lost = vi.fn();
    two.on('epmdlost', lost);
    await one.stop();
    await untilListed(two.name);
    expect(lost).not.toHaveBeenCalled();
    await two.stop();
    expect(await portIsFree()).toBe(true);
    await start({ name: one.name });
    await untilListed(one.name);
  });

  test('starts many nodes at once', async () => {
    const all = await Promise.all(Array.from({ length: 8 }, () => start()));
    await untilListed(...all.map(({ name }) => name));
    await Promise.all(all.map((node) => node.stop()));
    expect(await portIsFree()).toBe(true);
  });

  test("'embedded' takes the port of the environment", async () => {
    vi.stubEnv('ERL_EPMD_PORT', String(port));
    const node = await start({ epmd: 'embedded' });
    await untilListed(node.name);
  });

  test('also listens where it is told to, so that others can look there', async () => {
    const node = await start({ epmd: { embedded: { host: '127.0.0.9' }, port } });
    expect(await names({ host: '127.0.0.9', port })).toEqual([{ name: alivePart(node.name), port: node.port }]);
  });
});

describe('an EPMD that is there', () => {
  test('is used, and its place taken when it goes', async () => {
    const epmd = keep(await Epmd.start(port));
    const node = await start();
    await untilListed(node.name);
    const events: string[] = [];
    node.on('epmdlost', ({ code }) => events.push(code));
    node.on('epmdregained', () => events.push('regained'));
    await epmd.stop();
    await untilListed(node.name);
    expect(events).toEqual(['epmd_unreachable', 'regained']);
  });

  test('has the name already', async () => {
    const node = await start();
    expect(await failure(start({ name: node.name }))).toMatchObject({ code: 'name_taken' });
    await untilListed(node.name);
    await node.stop();
    expect(await portIsFree()).toBe(true);
  });
});

describe('what is wrong', () => {
  test.each<[Partial<StartOptions>, string]>([
    [{ epmd: 'other' as 'embedded' }, 'invalid_argument'],
    [{ epmd: 7 as never }, 'invalid_argument'],
    [{ epmd: { embedded: 'yes' as never } }, 'invalid_argument'],
    [{ epmd: { embedded: true, host: '10.0.0.1' } }, 'invalid_argument'],
    [{ epmd: { embedded: { host: '' } } }, 'invalid_argument'],
    [{ epmd: { embedded: { host: '192.0.2.77' } } }, 'listen_failed'],
  ])('%j starts no node: %s', async (options, code) => {
    const epmd = typeof options.epmd === 'object' ? { port, ...options.epmd } : options.epmd;
    expect(await failure(start({ ...options, epmd }))).toMatchObject({ code });
    expect(await portIsFree()).toBe(true);
  });

  test('a port that answers and is no EPMD', async () => {
    const other = createServer((socket) => socket.end('SSH-2.0\r\n'));
    await new Promise<void>((resolve) => other.listen(port, '127.0.0.1', resolve));
    keep({ stop: async () => void other.close() });
    expect(await failure(start())).toMatchObject({ code: 'epmd_protocol' });
  });

  test('a start that is given up leaves no EPMD', async () => {
    expect(await failure(start({ timeout: 0 }))).toMatchObject({ name: 'HiddenNodeError' });
    expect(await failure(start({ signal: AbortSignal.abort() }))).toMatchObject({ code: 'aborted' });
    expect(await portIsFree()).toBe(true);
  });

  test('a node that does not register starts none', async () => {
    await start({ listen: false });
    await start({ epmd: { embedded: true, port, register: false } });
    expect(await portIsFree()).toBe(true);
  });
});
