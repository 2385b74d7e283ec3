import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { decode } from '../../lib/term/decoder.ts';
import { encode } from '../../lib/term/encoder.ts';
import { equals } from '../../lib/term/equals.ts';
import { format } from '../../lib/term/format.ts';
import { Generator, type Sample } from './term-generator.ts';
import { TermPeer } from './term-peer.ts';

const COUNT = 10_000;

describe('terms between this codec and a real Erlang', () => {
  let peer: TermPeer;
  let samples: Sample[];

  beforeAll(async () => {
    peer = await TermPeer.start();
    await peer.call('make(<made>)');
    const made = (await peer.read('made')).map((bytes) => decode(bytes, { floats: 'exact' }));
    const generator = new Generator(20_261_101, made);
    samples = Array.from({ length: COUNT }, () => generator.term(4));
    await peer.write(
      'encoded',
      samples.map(({ value }) => encode(value)),
    );
  });

  afterAll(() => peer.stop());

  test('Erlang reads every encoded term as what its source text evaluates to', { timeout: 120_000 }, async () => {
    await peer.write(
      'checked',
      samples.flatMap(({ value, source }) => [encode(value), source]),
    );
    expect(await peer.call('check(<checked>, 5)')).toBe('[]');
  });

  test.each([
    '[]',
    '[{minor_version,0}]',
    '[{minor_version,1}]',
    '[{minor_version,2}]',
    '[compressed]',
    '[deterministic]',
  ])('every term that Erlang encodes with %s decodes to what was sent', { timeout: 60_000 }, async (options) => {
    await peer.call(`reencode(<encoded>, <again>, ${options})`);
    const again = await peer.read('again');
    expect(again).toHaveLength(COUNT);
    const wrong = samples.filter(({ value }, i) => !equals(decode(again[i], { floats: 'exact' }), value));
    expect(wrong.slice(0, 3).map(({ value }) => format(value))).toEqual([]);
  });

  test('every term that Erlang generates comes back as the same term', { timeout: 120_000 }, async () => {
    await peer.call(`generate(<generated>, 4711, ${COUNT})`);
    const generated = await peer.read('generated');
    expect(generated).toHaveLength(COUNT);
    await peer.write(
      'returned',
      generated.map((bytes) => encode(decode(bytes, { floats: 'exact' }))),
    );
    expect(await peer.call('compare(<returned>, 4711, 5)')).toBe('[]');
  });
});
