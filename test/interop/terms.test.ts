/** Generated terms over a live link to each release of Erlang/OTP and back, compared on both sides. */
import { expect, test } from 'vitest';
import { useCluster } from '../helpers/cluster.ts';
import { madeThere, reflect } from '../helpers/mirror.ts';
import { describeReleases } from '../helpers/releases.ts';
import { Generator } from '../integration/term-generator.ts';

const COUNT = 2_000;

/** The first release that takes references of more than three words and ports of 64 bits, which the generator makes as foreign ones. */
const WIDE_IDENTIFIERS = 24;

describeReleases('terms', ({ otp, options }) => {
  const { cluster, beam } = useCluster(undefined, options);

  test('there, back and there again are the same', async () => {
    const node = await cluster.node({ floats: 'exact' });
    const generator = new Generator(20_261_121 + otp, await madeThere(node, beam), otp >= WIDE_IDENTIFIERS);
    const samples = Array.from({ length: COUNT }, () => generator.term(3).value);
    const { wrongHere, wrongThere } = await reflect(node, beam, samples, 25_000);
    expect(wrongHere.slice(0, 3)).toEqual([]);
    expect(wrongThere.slice(0, 3)).toEqual([]);
    expect(node.nodes()).toEqual([beam.name]);
  });
});
