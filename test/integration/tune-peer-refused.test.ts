/** What `tunePeer` refuses, and peers that do not do what they are asked. */
import { describe, expect, test } from 'vitest';
import { atom, type ExposedFunctions, type Term, tuple } from '../../lib/index.ts';
import { useCluster } from '../helpers/cluster.ts';
import { failure, until } from '../helpers/until.ts';

const { cluster, beam } = useCluster();

describe('what is refused before anything is sent', () => {
  test.each([
    [{ buffer: 1023 }],
    [{ buffer: 16 * 1024 * 1024 + 1 }],
    [{ buffer: 1500.5 }],
    [{ buffer: '65536' as unknown as number }],
    [{ delaySend: 1 as unknown as boolean }],
    [{ timeout: -1 }],
  ])('%j', async (options) => {
    const node = await cluster.node();
    expect(await failure(node.tunePeer(beam.name, options))).toMatchObject({ code: 'invalid_argument' });
    expect(node.nodes()).toEqual([]);
  });

  test('the name of the node itself, and names that cannot be connected to', async () => {
    const node = await cluster.node();
    expect(await failure(node.tunePeer(node.name))).toMatchObject({ code: 'invalid_argument' });
    expect(await failure(node.tunePeer('nonsense'))).toMatchObject({ code: 'invalid_node_name' });
    expect(await failure(node.tunePeer('nobody@127.0.0.1'))).toMatchObject({ code: 'peer_unknown' });
  });

  test('what somebody wants who has given up', async () => {
    const node = await cluster.node();
    await node.connect(beam.name);
    const { messagesOut } = node.stats()[beam.name]!;
    expect(await failure(node.tunePeer(beam.name, { signal: AbortSignal.abort() }))).toMatchObject({ code: 'aborted' });
    expect(node.stats()[beam.name]!.messagesOut).toBe(messagesOut);
  });
});

describe('a peer with a net_kernel of another kind', () => {
  const OK = atom('ok');

  /** A node of the library that answers as it is told to, and one that asks it. */
  async function pair(functions?: ExposedFunctions) {
    const [peer, node] = [await cluster.node(), await cluster.node()];
    if (functions !== undefined) peer.expose('net_kernel', functions);
    return { peer, node };
  }

  function options(delaySend: Term, buffer: Term) {
    return tuple(OK, [tuple(atom('delay_send'), delaySend), tuple(atom('buffer'), buffer)]);
  }

  test('has none of its functions', async () => {
    const { peer, node } = await pair();
    const error = await failure(node.tunePeer(peer.name));
    expect(error).toMatchObject({
      code: 'tuning_refused',
      cause: { code: 'badrpc' },
      facts: { peer: peer.name, function: 'getopts' },
    });
    expect(String((error as { facts: { reason: Term } }).facts.reason)).toContain('undef');
  });

  test.each<[string, Term, Term]>([
    ['an error', tuple(atom('error'), atom('enotsup')), atom('enotsup')],
    ['an error that has options', tuple(atom('error'), options(false, 1).elements[1]), expect.anything()],
    ['ignored', atom('ignored'), atom('ignored')],
    ['one option of two', tuple(OK, [tuple(atom('delay_send'), true)]), expect.anything()],
    ['options that are none', options(atom('maybe'), 1), expect.anything()],
    ['a size that is none', options(true, 0.5), expect.anything()],
    ['no list', tuple(OK, atom('none')), expect.anything()],
    ['nothing sensible', [1, [tuple()], new Map()], expect.anything()],
  ])('answers with %s', async (_, answer, reason) => {
    const told: Term[] = [];
    const { peer, node } = await pair({ getopts: () => answer, setopts: (_node, given) => void told.push(given!) });
    expect(await failure(node.tunePeer(peer.name))).toMatchObject({
      code: 'tuning_refused',
      facts: { function: 'getopts', reason },
    });
    expect(told).toEqual([]);
    expect(peer.nodes()).toEqual([node.name]);
  });

  test('says that there is no connection', async () => {
    const { peer, node } = await pair({ getopts: () => tuple(atom('error'), atom('noconnection')) });
    expect(await failure(node.tunePeer(peer.name))).toMatchObject({ code: 'noconnection' });
  });

  /** Functions that keep options; `setopts` sets none but those that `takes` lets through, and answers with `answer`. */
  function keeping(takes: (name: string, count: number) => boolean, answer: (count: number) => Term) {
    const kept = new Map<string, Term>([
      ['delay_send', false],
      ['buffer', 1_460],
    ]);
    let count = 0;
    const functions: ExposedFunctions = {
      getopts: () => options(kept.get('delay_send')!, kept.get('buffer')!),
      setopts: (_node, given) => {
        count += 1;
        for (const [name, value] of given as unknown as [{ name: string }, Term][])
          if (takes(name.name, count)) kept.set(name.name, value);
        return answer(count);
      },
    };
    return { kept, functions, calls: () => count };
  }

  const EINVAL = tuple(atom('error'), atom('einval'));

  test('that sets only one option and says so has what it had in the end', async () => {
    const { kept, functions, calls } = keeping(
      (name, count) => count > 1 || name === 'delay_send',
      (count) => (count > 1 ? OK : EINVAL),
    );
    const { peer, node } = await pair(functions);
    const error = await failure(node.tunePeer(peer.name));
    expect(error).toMatchObject({ code: 'tuning_refused', facts: { function: 'setopts', reason: atom('einval') } });
    expect(error).not.toHaveProperty('facts.restored');
    expect(calls()).toBe(2);
    expect([...kept.values()]).toEqual([false, 1_460]);
  });

  test('that sets only one option in silence has what it had in the end', async () => {
    const { kept, functions } = keeping(
      (name) => name === 'delay_send',
      () => OK,
    );
    const { peer, node } = await pair(functions);
    expect(await failure(node.tunePeer(peer.name))).toMatchObject({
      code: 'tuning_refused',
      facts: { function: 'setopts' },
    });
    expect([...kept.values()]).toEqual([false, 1_460]);
  });

  test('that does not take anything back is told of', async () => {
    const { peer, node } = await pair(
      keeping(
        () => false,
        () => EINVAL,
      ).functions,
    );
    expect(await failure(node.tunePeer(peer.name))).toMatchObject({
      code: 'tuning_refused',
      facts: { reason: atom('einval'), restored: false },
    });
  });

  test('that rounds a size is believed', async () => {
    const { functions, kept } = keeping(
      () => true,
      () => {
        kept.set('buffer', 131_072);
        return OK;
      },
    );
    const { peer, node } = await pair(functions);
    expect((await node.tunePeer(peer.name)).after).toEqual({ delaySend: true, buffer: 131_072 });
  });

  test('that takes its time finds what was set undone, when nobody waits for it any more', async () => {
    let goOn: (() => void) | undefined;
    const { kept, functions, calls } = keeping(
      () => true,
      () => OK,
    );
    const { setopts } = functions;
    const { peer, node } = await pair({
      ...functions,
      setopts: async function slowly(...args) {
        await new Promise<void>((resolve) => (goOn = resolve));
        return setopts!.apply(this, args);
      },
    });
    const given = new AbortController();
    const error = failure(node.tunePeer(peer.name, { signal: given.signal, timeout: 10_000 }));
    const release = await until('the options to be on their way', () => goOn);
    given.abort();
    expect(await error).toMatchObject({ code: 'aborted' });
    goOn = undefined;
    release();
    (await until('the options to be taken back', () => goOn))();
    await until('that to be done', () => calls() === 2);
    expect([...kept.values()]).toEqual([false, 1_460]);
  });

  test('that fails to undo is asked again', async () => {
    const { kept, functions } = keeping(
      (_name, count) => count !== 2,
      (count) => (count === 2 ? EINVAL : OK),
    );
    const { peer, node } = await pair(functions);
    const tuning = await node.tunePeer(peer.name);
    expect(await failure(tuning.undo())).toMatchObject({ code: 'tuning_refused' });
    expect(tuning.active).toBe(true);
    expect(await tuning.undo()).toBe(true);
    expect([...kept.values()]).toEqual([false, 1_460]);
  });
});
