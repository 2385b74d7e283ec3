/** The layers of lib/: imports go one way, and only binding.ts loads the addon. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { describe, expect, test } from 'vitest';

const LIB = join(import.meta.dirname, '../../lib');

/** Top to bottom: a layer may import what stands above it, itself, and nothing below. */
const LAYERS = [
  'errors.ts',
  'abort.ts',
  'deadline.ts',
  'timeouts.ts',
  'waiter.ts',
  'backoff.ts',
  'diagnostics.ts',
  'binding.ts',
  'term',
  'epmd',
  'carrier',
  'distribution',
  'node',
  'process',
  'rpc',
  'names',
  'options.ts',
  'events.ts',
  'presence.ts',
  'runtime.ts',
  'gen-server-verbs.ts',
  'rpc-verbs.ts',
  'name-verbs.ts',
  'connection-verbs.ts',
  'hidden-node.ts',
  'index.ts',
  'cli',
];

interface Import {
  from: string;
  to: string;
  typeOnly: boolean;
}

const files = readdirSync(LIB, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));

const imports: Import[] = files.flatMap((from) => {
  const text = readFileSync(join(LIB, from), 'utf8');
  return [...text.matchAll(/^(?:import|export)\s+(type\s)?[^;]*?from '(\.[^']+)';/gm)].map(([, type, path]) => ({
    from,
    to: normalize(join(dirname(from), path!)),
    typeOnly: type !== undefined,
  }));
});

function layer(file: string): number {
  return LAYERS.indexOf(file.split('/')[0]!);
}

describe('the layers of lib', () => {
  test('there are files, and imports are found in them', () => {
    expect(files.length).toBeGreaterThan(50);
    expect(imports.length).toBeGreaterThan(files.length);
  });

  test('every file belongs to a layer', () => {
    expect(files.filter((file) => layer(file) < 0)).toEqual([]);
  });

  test('no layer imports one below it', () => {
    const upward = imports.filter(({ from, to }) => layer(to) > layer(from));
    expect(upward.map(({ from, to }) => `${from} imports ${to}`)).toEqual([]);
  });

  test('nothing outside lib is imported by path', () => {
    expect(imports.filter(({ to }) => relative(LIB, join(LIB, to)).startsWith('..'))).toEqual([]);
  });

  test('no files import each other in a circle', () => {
    const targets = new Map<string, string[]>();
    for (const { from, to, typeOnly } of imports) if (!typeOnly) targets.set(from, [...(targets.get(from) ?? []), to]);
    const done = new Set<string>();
    const circles: string[] = [];
    const visit = (file: string, path: string[]): void => {
      if (path.includes(file)) circles.push([...path.slice(path.indexOf(file)), file].join(' -> '));
      else if (!done.has(file)) for (const to of targets.get(file) ?? []) visit(to, [...path, file]);
      done.add(file);
    };
    for (const file of files) visit(file, []);
    expect(circles).toEqual([]);
  });

  test('the commands do without the addon', () => {
    const needed = new Set(['cli/main.ts']);
    for (const file of needed)
      for (const { from, to, typeOnly } of imports) if (from === file && !typeOnly) needed.add(to);
    expect(needed.size).toBeGreaterThan(10);
    expect([...needed]).not.toContain('binding.ts');
  });

  test('only binding.ts loads the addon', () => {
    const loaders = files.filter((file) =>
      /node-gyp-build'|createRequire|\.node'/.test(readFileSync(join(LIB, file), 'utf8')),
    );
    expect(loaders).toEqual(['binding.ts']);
  });
});
