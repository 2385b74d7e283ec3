/**
 * The README is the manual, so it is tested as one: every code, option, name, event and channel is in it, its links lead somewhere, its
 * snippets have the right types and run against a real Erlang node, and so do the examples.
 */
import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { channels } from '../../lib/diagnostics.ts';
import { ERROR_CODES } from '../../lib/errors.ts';
import { Epmd } from '../helpers/epmd.ts';
import { ErlangNode } from '../helpers/erlang.ts';

const ROOT = join(import.meta.dirname, '../..');
const README = read('README.md');

function read(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

function all(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].map((match) => match[1]!);
}

/** The text of one section: from its heading to the next one of the same level. */
function section(heading: string): string {
  const start = README.indexOf(`\n## ${heading}\n`);
  if (start < 0) throw new Error(`the README has no section "${heading}"`);
  const end = README.indexOf('\n## ', start + 1);
  return README.slice(start, end < 0 ? undefined : end);
}

/** The names in the first column of the tables of a text. */
function rows(text: string): string[] {
  return all(text, /^\| (`[^|]*) \|/gm).flatMap((cell) => all(cell, /`([^`]+)`/g));
}

/** The fields of an interface, as its source names them. */
function fields(path: string, name: string): string[] {
  const [, body] = new RegExp(String.raw`export interface ${name} [\s\S]*?\{\n([\s\S]*?)\n\}`).exec(read(path)) ?? [];
  if (body === undefined) throw new Error(`${path} has no interface ${name}`);
  return all(body, /^ {2}(\w+)\??:/gm);
}

describe('the README is complete', () => {
  test('it has a heading for every error code, and for no other', () => {
    expect(all(section('Errors'), /^#### `(\w+)`$/gm)).toEqual(Object.keys(ERROR_CODES));
  });

  test('it has a row for every option of HiddenNode.start, and for no other', () => {
    expect(rows(section('Options of HiddenNode.start'))).toEqual(fields('lib/options.ts', 'StartOptions'));
  });

  test('it names the options of where to listen and where EPMD is', () => {
    const options = section('Options of HiddenNode.start');
    for (const name of ['ListenOptions', 'EpmdLocation']) {
      expect(options).toContain(`\`${name}\`: \`{ ${fields('lib/options.ts', name).join(', ')} }\``);
    }
  });

  test('it has a row for every option of an EPMD of its own, and the options of one within a node', () => {
    expect(rows(section('EPMD'))).toEqual(
      expect.arrayContaining(fields('lib/epmd/server-options.ts', 'EpmdServerOptions')),
    );
    for (const name of fields('lib/options.ts', 'EmbeddedEpmdOptions'))
      expect(section('EPMD')).toContain(`{ ${name}: `);
  });

  test('it has a row for every option of tuning a peer', () => {
    const options = new Set(rows(section('Tuning a peer')));
    expect(fields('lib/rpc/peer-options.ts', 'TunePeerOptions').filter((name) => !options.has(name))).toEqual([]);
  });

  test('it names everything that the package exports', () => {
    const exported = all(read('lib/index.ts'), /^export (?:type )?\{([^}]+)\}/gm)
      .flatMap((list) => list.split(','))
      .map((name) => name.replace('type ', '').trim())
      .filter((name) => name !== '');
    expect(exported.length).toBeGreaterThan(40);
    const text = all(README, /`([^`\n]+)`/g).join(' ');
    expect(exported.filter((name) => !new RegExp(`\\b${name}\\b`).test(text))).toEqual([]);
  });

  test.each([
    ['lib/hidden-node.ts', 'HiddenNode', 'The node'],
    ['lib/gen-server-verbs.ts', 'GenServerVerbs', 'The node'],
    ['lib/rpc-verbs.ts', 'RpcVerbs', 'The node'],
    ['lib/name-verbs.ts', 'NameVerbs', 'The node'],
    ['lib/connection-verbs.ts', 'ConnectionVerbs', 'The node'],
    ['lib/rpc/server.ts', 'Server', 'The server'],
    ['lib/process/mailbox.ts', 'Mailbox', 'The mailbox'],
    ['lib/rpc/window.ts', 'Window', 'The window'],
    ['lib/rpc/peer-tuning.ts', 'PeerTuning', 'Tuning a peer'],
    ['lib/epmd/server.ts', 'EpmdServer', 'EPMD'],
    ['lib/names/global-names.ts', 'GlobalNames', 'Global names'],
    ['lib/names/global-registration.ts', 'GlobalRegistration', 'GlobalNames and PgScope'],
    ['lib/names/pg-scope.ts', 'PgScope', 'GlobalNames and PgScope'],
  ])('it names every public member of %s', (path, name, heading) => {
    const source = read(path)
      .split(new RegExp(`export (?:abstract )?class ${name} `))[1]!
      .split('\n}\n')[0]!;
    const documented = source.replace(/\/\*\* @internal[\s\S]*?\n {2}\w[^\n]*/g, '');
    const members = all(documented, /^ {2}(?:static )?(?:async )?(?:readonly )?(?:get )?([a-z]\w*)[(<:]/gm);
    expect(members.length).toBeGreaterThan(1);
    const listed = rows(section(heading)).join(' ');
    expect(members.filter((member) => member !== 'constructor' && !new RegExp(`\\b${member}\\b`).test(listed))).toEqual(
      [],
    );
  });

  test('it has a row for every event, figure and channel', () => {
    expect(rows(section('Events'))).toEqual(fields('lib/events.ts', 'NodeEvents'));
    const figures = rows(section('Figures and diagnostics'));
    expect(figures).toEqual([
      ...fields('lib/distribution/link.ts', 'LinkStats'),
      ...Object.keys(channels).map((name) => `hidden-node:${name}`),
    ]);
  });

  test.each([
    ['connect', 'ConnectEvent'],
    ['handshake', 'HandshakeEvent'],
    ['nodedown', 'LinkEvent'],
    ['dropped', 'DroppedEvent'],
    ['full', 'FullEvent'],
    ['served', 'ServedEvent'],
  ])('it names every field of the channel %s', (channel, name) => {
    const [, row] = new RegExp(`^\\| \`hidden-node:${channel}\`[^|]*\\|[^|]*\\|(.*)\\|$`, 'm').exec(README) ?? [];
    for (const field of fields('lib/diagnostics.ts', name)) expect(row).toContain(`\`${field}\``);
  });

  test('its links lead to headings and files that exist', () => {
    const headings = all(README, /^#+ (.*)$/gm).map((heading) =>
      heading
        .toLowerCase()
        .replace(/[^\w\- ]/g, '')
        .replaceAll(' ', '-'),
    );
    const links = all(README, /\]\(([^)]+)\)/g);
    const broken = links.filter((link) => {
      if (link.startsWith('#')) return !headings.includes(link.slice(1));
      const [folder, ...rest] = link.split('/').reverse();
      return !readdirSync(join(ROOT, ...rest.reverse())).includes(folder!);
    });
    expect(broken).toEqual([]);
  });
});

interface Snippet {
  line: number;
  text: string;
  runs: boolean;
}

/** The snippets of JavaScript and TypeScript. */
function snippets(): Snippet[] {
  return [...README.matchAll(/(<!-- not run -->\n)?^```(?:js|ts)\n([\s\S]*?)^```$/gm)].map((match) => ({
    line: README.slice(0, match.index).split('\n').length,
    text: match[2]!,
    runs: match[1] === undefined,
  }));
}

const VALUES = all(read('lib/index.ts'), /^export \{([^}]+)\}/gm)
  .flatMap((list) => list.split(','))
  .filter((name) => name.trim() !== '');

/** What a snippet takes for granted: the package, and unless it makes its own, a node with a mailbox. */
function whole({ text }: Snippet, lib: string): string {
  if (text.startsWith('import ')) return text.replaceAll("'hidden-node'", `'${lib}'`);
  const own = /const node\b/.test(text);
  const uses = (name: string) => new RegExp(`\\b${name}\\b`).test(text);
  return [
    `import { ${VALUES.join(',')} } from '${lib}';`,
    `import type { From, HandshakeEvent, Term } from '${lib}';`,
    "import diagnostics_channel from 'node:diagnostics_channel';",
    "import { once } from 'node:events';",
    "import tls from 'node:tls';",
    'declare const ca: string;',
    ...(own ? [] : ["const node = await HiddenNode.start({ name: 'js@127.0.0.1', cookie: 'secret' });"]),
    ...(!own && uses('inbox') ? ["const inbox = node.mailbox('inbox');"] : []),
    text,
    ...(own ? [] : ['await node.stop();']),
  ].join('\n');
}

describe('the README and the examples work', { timeout: 60_000 }, () => {
  let here: string;
  let epmd: Epmd;
  let erlang: ErlangNode;
  const run = promisify(execFile);

  /** The expression that the README starts its Erlang node with. */
  const [, setUp] = /^erl -name app@127\.0\.0\.1 -setcookie secret -noinput -eval '\n([\s\S]*?)\.'$/m.exec(README)!;

  beforeAll(async () => {
    here = mkdtempSync(join(ROOT, 'build-readme-'));
    epmd = await Epmd.start();
    process.env.ERL_EPMD_PORT = String(epmd.port);
    erlang = await ErlangNode.start({ name: 'app@127.0.0.1', cookie: 'secret', epmdPort: epmd.port });
    await erlang.evaluate(setUp!);
  });
  afterAll(async () => {
    delete process.env.ERL_EPMD_PORT;
    await erlang?.stop();
    await epmd?.stop();
    rmSync(here, { recursive: true, force: true });
  });

  test('the snippets have the right types', async () => {
    const lib = relative(here, join(ROOT, 'lib/index.ts'));
    for (const snippet of snippets()) writeFileSync(join(here, `line-${snippet.line}.ts`), whole(snippet, lib));
    const settings = {
      extends: join(ROOT, 'tsconfig.json'),
      compilerOptions: {
        noUnusedLocals: false,
        noUnusedParameters: false,
        typeRoots: [join(ROOT, 'node_modules/@types')],
      },
      include: ['*.ts'],
    };
    writeFileSync(join(here, 'tsconfig.json'), JSON.stringify(settings));
    const found = await run(join(ROOT, 'node_modules/.bin/tsc'), ['-p', here]).catch((error) => error);
    expect(found.stdout).toBe('');
  });

  test.each(snippets().filter(({ runs }) => runs))('the snippet at line $line runs', async (snippet) => {
    const path = join(here, `run-${snippet.line}.ts`);
    writeFileSync(path, whole(snippet, join(ROOT, 'lib/index.ts')));
    const print = vi.spyOn(console, 'log').mockImplementation(() => undefined);
    try {
      await import(/* @vite-ignore */ path);
    } finally {
      print.mockRestore();
    }
  });

  test('the first example is one of the files', () => {
    const first = snippets().find(({ text }) => text.startsWith('import '))!;
    expect(
      read('examples/hello.mjs')
        .replace(/^\/\/.*\n/gm, '')
        .trim(),
    ).toBe(first.text.trim());
  });

  test.each(readdirSync(join(ROOT, 'examples')).filter((file) => file.endsWith('.mjs')))(
    'examples/%s runs',
    async (file) => {
      const child = spawn(process.execPath, [join(ROOT, 'examples', file)], { stdio: ['ignore', 'pipe', 'pipe'] });
      let output = '';
      let errors = '';
      child.stdout.on('data', (chunk) => (output += chunk));
      child.stderr.on('data', (chunk) => (errors += chunk));
      const code = await new Promise((resolve) => child.once('close', resolve));
      expect({ code, errors }).toEqual({ code: 0, errors: '' });
      for (const line of all(read(`examples/${file}`), /^\/\/ prints: (.*)$/gm))
        expect(output.split('\n')).toContain(line);
    },
  );
});
