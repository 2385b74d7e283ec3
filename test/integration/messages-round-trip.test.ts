/** Ten thousand generated terms over a live link to a real Erlang node and back, compared on both sides. */
import { expect, test } from 'vitest';
import { useCluster } from '../helpers/cluster.ts';
import { madeThere, reflect } from '../helpers/mirror.ts';
import { Generator } from './term-generator.ts';

const COUNT = 10_000;

const { cluster, beam } = useCluster();

test('what comes back is what was sent, and Erlang finds that what goes there again is the same', {
  timeout: 60_000,
}, async () => {
  const node = await cluster.node({ floats: 'exact' });
  const generator = new Generator(20_261_120, await madeThere(node, beam));
  const samples = Array.from({ length: COUNT }, () => generator.term(3).value);
  const { wrongHere, wrongThere } = await reflect(node, beam, samples, 50_000);
  expect(wrongHere.slice(0, 3)).toEqual([]);
  expect(wrongThere.slice(0, 3)).toEqual([]);
  expect(node.nodes()).toEqual([beam.name]);
});
