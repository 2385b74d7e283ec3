import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { atom } from '../../lib/term/atom.ts';
import { decode } from '../../lib/term/decoder.ts';
import { encode } from '../../lib/term/encoder.ts';
import { ExportTerm } from '../../lib/term/export.ts';
import { float } from '../../lib/term/float.ts';
import { format } from '../../lib/term/format.ts';
import { FunctionTerm } from '../../lib/term/fun.ts';
import { improperList } from '../../lib/term/list.ts';
import { Pid } from '../../lib/term/pid.ts';
import type { EncodableTerm } from '../../lib/term/term.ts';
import { tuple } from '../../lib/term/tuple.ts';
import { Generator, seeded } from './term-generator.ts';
import { TermPeer } from './term-peer.ts';

const ODD_NAMES = [
  ...[
    '',
    'ok',
    'Ok',
    '_ok',
    'a_b',
    'a@b',
    'a.b',
    'a b',
    'a1',
    '1a',
    '@a',
    "it's",
    'back\\slash',
    '"',
    '~',
    'a~',
    '+',
    '[]',
  ],
  ...[
    'after',
    'and',
    'andalso',
    'band',
    'begin',
    'bnot',
    'bor',
    'bsl',
    'bsr',
    'bxor',
    'case',
    'catch',
    'cond',
    'div',
    'end',
  ],
  ...[
    'else',
    'fun',
    'if',
    'let',
    'maybe',
    'not',
    'of',
    'or',
    'orelse',
    'query',
    'receive',
    'rem',
    'spec',
    'try',
    'when',
    'xor',
  ],
  ...['日本', 'é', 'É', 'aé', 'aÉ', 'a÷', '÷', 'ß', 'ÿ', 'aĀ', 'Ā', '😀', 'a😀', 'ok\u{10ffff}', '\ufffe', 'µ', 'ª'],
];

describe('the printed form against io:format("~0p") of a real Erlang', () => {
  let peer: TermPeer;

  beforeAll(async () => {
    peer = await TermPeer.start();
  });

  afterAll(() => peer.stop());

  /** Both texts of each term: Erlang's, and this library's of what Erlang sent back. */
  async function texts(terms: EncodableTerm[]): Promise<{ erlang: string[]; ours: string[] }> {
    await peer.write(
      'terms',
      terms.map((term) => encode(term)),
    );
    await peer.call('print(<terms>, <printed>)');
    const records = await peer.read('printed');
    const odd = (_: unknown, i: number) => i % 2 === 1;
    const even = (_: unknown, i: number) => i % 2 === 0;
    const erlang = records.filter(odd).map((bytes) => bytes.toString('utf8'));
    const ours = records.filter(even).map((bytes) => format(decode(bytes, { floats: 'exact' })));
    expect(erlang).toHaveLength(terms.length);
    return { erlang, ours };
  }

  test('floats of every size', async () => {
    const random = seeded(7);
    const view = new DataView(new ArrayBuffer(8));
    const bits = () => {
      view.setUint32(0, random() * 2 ** 32);
      view.setUint32(4, random() * 2 ** 32);
      return view.getFloat64(0);
    };
    const values = [0, -0, 1e3, 100, 1e-3, 1e-4, 1.5e-4, 2 ** 53, 2 ** 53 - 1, -(2 ** 53), 1e22, 1e23, 5e-324, 9.5e-5];
    for (let i = -330; i < 310; i++) values.push(Number(`1e${i}`), Number(`-1.25e${i}`), Number(`123456789e${i}`));
    for (let i = 0; i < 4000; i++) values.push(bits(), random(), (random() - 0.5) * 10 ** Math.floor(random() * 24));
    for (let i = 0; i < 2000; i++) values.push(Math.floor(random() * 2 ** 54), Math.floor(random() * 1e6) * 1e3);
    const { erlang, ours } = await texts(values.filter(Number.isFinite).map(float));
    expect(ours).toEqual(erlang);
  });

  test('atoms with every character up to 255 at their start and inside', async () => {
    const names: string[] = [];
    for (let i = 0; i < 256; i++) names.push(String.fromCharCode(i), `a${String.fromCharCode(i)}b`);
    const { erlang, ours } = await texts(names.map(atom));
    expect(ours).toEqual(erlang);
  });

  test('atoms of odd shapes and reserved words', async () => {
    const { erlang, ours } = await texts(ODD_NAMES.map(atom));
    expect(ours).toEqual(erlang);
  });

  test('names in funs, which the runtime prints by other rules', async () => {
    const names = [...ODD_NAMES];
    for (let i = 0; i < 256; i++) names.push(String.fromCharCode(i), `a${String.fromCharCode(i)}b`);
    await peer.write('names', names);
    await peer.call('print_atoms(<names>, <printed>)');
    const printed = (await peer.read('printed')).map((bytes) => bytes.toString('utf8'));
    const ours = names.flatMap((name) => [format(atom(name)), format(new ExportTerm(atom(name), atom(name), 1))]);
    expect(ours).toEqual(printed);
  });

  test('local funs, whose module has no quotes whatever its name', async () => {
    const names = ['Elixir.Enum', ...ODD_NAMES];
    for (let i = 0; i < 256; i++) names.push(String.fromCharCode(i), `a${String.fromCharCode(i)}b`);
    const pid = new Pid(atom('a@b'), 1, 2, 3);
    const rest = { arity: 0, index: 1, uniq: Buffer.alloc(16, 1), oldIndex: 1, oldUniq: 2, pid, free: [] };
    const { erlang, ours } = await texts(names.map((name) => new FunctionTerm({ module: atom(name), ...rest })));
    expect(ours).toEqual(erlang);
    expect(erlang[0]).toBe('#Fun<Elixir.Enum.1.2>');
  });

  test('every byte in a list and in a binary', async () => {
    const terms: EncodableTerm[] = [];
    for (let i = 0; i < 256; i++) terms.push([i], [65, i, 66], Buffer.from([i]), Buffer.from([65, i, 66]));
    const { erlang, ours } = await texts(terms);
    expect(ours).toEqual(erlang);
  });

  test('lists that are nearly strings', async () => {
    const terms = [
      [],
      [65, 256],
      [0x1f600],
      [65, float(66)],
      [65, atom('a')],
      [[65]],
      [[], []],
      improperList([65], 66),
      [-1],
      [65n ** 20n],
    ];
    const { erlang, ours } = await texts(terms as EncodableTerm[]);
    expect(ours).toEqual(erlang);
  });

  test('text and binaries that are UTF-8', async () => {
    const { erlang, ours } = await texts(['', 'abc', 'é', '日本', '😀', 'a\u00a0b', 'tab\t', 'nul\0', 'q"q']);
    expect(ours).toEqual(erlang);
  });

  test('nested tuples, lists and maps', async () => {
    const { erlang, ours } = await texts([
      tuple(),
      tuple(tuple(tuple())),
      { a: { b: [1, { c: 'd' }] }, 'odd key': null },
      new Map<EncodableTerm, EncodableTerm>([[tuple(1, 'x'), [true, undefined]]]),
    ]);
    expect(ours).toEqual(erlang);
  });

  test('two thousand random terms of all types', async () => {
    await peer.call('make(<made>)');
    const made = (await peer.read('made')).map((bytes) => decode(bytes, { floats: 'exact' }));
    const generator = new Generator(99, made, false);
    const { erlang, ours } = await texts(Array.from({ length: 2000 }, () => generator.term(3).value));
    const wrong = ours.flatMap((text, i) => (text === erlang[i] ? [] : [[text, erlang[i]]]));
    expect(wrong.slice(0, 2)).toEqual([]);
  });
});
