/** When attempts are made, and when not: with attempts of the test's own, by a clock of the test's own. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type ErrorCode, HiddenNodeError } from '../../../lib/errors.ts';
import { Keeper } from '../../../lib/node/keeper.ts';
import { atom } from '../../../lib/term/atom.ts';
import { failure } from '../../helpers/until.ts';

const peer = atom('app@host');
const BACKOFF = { first: 100, longest: 800 };

const unhandled = vi.fn();
process.on('unhandledRejection', unhandled);
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  // Every pause has its whole length.
  vi.spyOn(Math, 'random').mockReturnValue(1);
});
afterEach(() => {
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
  vi.restoreAllMocks();
  expect(unhandled).not.toHaveBeenCalled();
});

function error(code: ErrorCode): HiddenNodeError {
  return new HiddenNodeError(code, code);
}

/** A keeper and a peer whose answers are listed: an error code, or `up` for a link. The last one answers all that follow. */
function world(...answers: (ErrorCode | 'up')[]) {
  let up = false;
  const attempts: number[] = [];
  const keeper = new Keeper(() => up, { timeout: 7_000, backoff: BACKOFF });
  const start = performance.now();
  const connect = vi.fn(async (_timeout: number, _signal?: AbortSignal) => {
    if (up) return;
    const answer = answers[Math.min(attempts.length, answers.length - 1)]!;
    attempts.push(performance.now() - start);
    if (answer !== 'up') throw error(answer);
    rise();
  });
  const rise = () => {
    up = true;
    keeper.up(peer);
  };
  const fall = () => {
    up = false;
    keeper.down(peer, error('noconnection'));
  };
  return { keeper, connect, attempts, rise, fall };
}

/** Lets the clock run, and everything that it sets off. */
const pass = (time: number) => vi.advanceTimersByTimeAsync(time);

describe('reach', () => {
  test('tries again after pauses that grow', async () => {
    const { keeper, connect, attempts } = world(
      ...Array<ErrorCode>(6).fill('peer_unknown'),
      'epmd_unreachable',
      'peer_refused',
      'up',
    );
    const reached = keeper.reach(peer, connect, Number.POSITIVE_INFINITY);
    await pass(10_000);
    await reached;
    expect(attempts).toEqual([0, 100, 300, 700, 1_500, 2_300, 3_100, 3_900, 4_700]);
  });

  test('gives each attempt the time of an attempt, or what is left', async () => {
    const { keeper, connect } = world('timeout');
    const reached = failure(keeper.reach(peer, connect, 7_100));
    await pass(7_100);
    await reached;
    expect(connect.mock.calls.map(([timeout]) => timeout).slice(0, 4)).toEqual([7_000, 7_000, 6_800, 6_400]);
  });

  test('says at the end of its time how often it tried, and why the latest attempt failed', async () => {
    const { keeper, connect } = world('epmd_unreachable', 'epmd_unreachable', 'peer_unknown');
    const reached = failure(keeper.reach(peer, connect, 500));
    await pass(500);
    expect(await reached).toMatchObject({
      code: 'timeout',
      facts: { stage: 'connect', peer: 'app@host', timeout: 500, attempts: 3 },
      cause: { code: 'peer_unknown' },
    });
  });

  test.each<ErrorCode>(['invalid_argument', 'invalid_node_name', 'name_domain_mismatch'])(
    'ends at once with %s, which no waiting heals',
    async (code) => {
      const { keeper, connect } = world(code);
      expect(await failure(keeper.reach(peer, connect, 1_000))).toMatchObject({ code });
      expect(connect).toHaveBeenCalledTimes(1);
    },
  );

  test.each<ErrorCode>(['cookie_mismatch', 'peer_name_mismatch', 'missing_flags'])(
    'ends with %s when it is heard twice in a row',
    async (code) => {
      const { keeper, connect } = world(code, 'handshake_closed', code, code, 'up');
      const reached = failure(keeper.reach(peer, connect, 10_000));
      await pass(1_000);
      expect(await reached).toMatchObject({ code });
      expect(connect).toHaveBeenCalledTimes(4);
    },
  );

  test('passes on what is no error of a connection', async () => {
    const keeper = new Keeper(() => false, { timeout: 7_000, backoff: BACKOFF });
    const broken = async () => {
      throw new TypeError('a mistake of ours');
    };
    await expect(keeper.reach(peer, broken, 1_000)).rejects.toThrow(TypeError);
  });

  test('a signal ends a pause, and leaves no timer', async () => {
    const { keeper, connect } = world('peer_unknown');
    const abort = new AbortController();
    const reached = failure(keeper.reach(peer, connect, Number.POSITIVE_INFINITY, abort.signal));
    await pass(150);
    abort.abort('enough');
    expect(await reached).toMatchObject({ code: 'aborted', cause: 'enough' });
    expect(connect).toHaveBeenCalledTimes(2);
  });

  test('a signal ends an attempt, and its failure is not taken for one of the peer', async () => {
    const abort = new AbortController();
    const keeper = new Keeper(() => false, { timeout: 7_000, backoff: BACKOFF });
    const connect = async () => {
      abort.abort();
      throw error('aborted');
    };
    expect(await failure(keeper.reach(peer, connect, 60_000, abort.signal))).toMatchObject({ code: 'aborted' });
  });

  test('a link that somebody else opened ends a pause', async () => {
    const { keeper, connect, attempts, rise } = world('peer_unknown');
    const reached = keeper.reach(peer, connect, Number.POSITIVE_INFINITY);
    await pass(10);
    rise();
    await reached;
    expect(attempts).toEqual([0]);
  });

  test('all who wait share the pauses, and one who gives up leaves the others theirs', async () => {
    const { keeper, connect, attempts } = world('peer_unknown', 'peer_unknown', 'peer_unknown', 'up');
    const abort = new AbortController();
    const impatient = failure(keeper.reach(peer, connect, 10_000, abort.signal));
    await pass(50);
    const patient = [keeper.reach(peer, connect, 10_000), keeper.reach(peer, connect, 10_000)];
    await pass(10);
    abort.abort();
    await impatient;
    await pass(39);
    expect(attempts).toEqual([0, 50, 50]);
    await pass(1);
    await Promise.all(patient);
    expect(attempts).toEqual([0, 50, 50, 100]);
  });

  test('begins with short pauses when nobody has waited in the meantime', async () => {
    const { keeper, connect, attempts } = world('peer_unknown');
    for (let n = 0; n < 2; n++) {
      const reached = failure(keeper.reach(peer, connect, 1_000));
      await pass(1_000);
      await reached;
    }
    expect(attempts).toEqual([0, 100, 300, 700, 1_000, 1_100, 1_300, 1_700]);
  });

  test('is ended from outside, in a pause and in an attempt', async () => {
    const { keeper, connect } = world('peer_unknown');
    const pausing = failure(keeper.reach(peer, connect, 10_000));
    await pass(50);
    keeper.end(peer, error('disconnected'));
    expect(await pausing).toMatchObject({ code: 'disconnected' });

    const ending = async () => {
      keeper.end(peer, error('disconnected'));
      throw error('peer_unknown');
    };
    expect(await failure(keeper.reach(peer, ending, 10_000))).toMatchObject({ code: 'disconnected' });
    expect(connect).toHaveBeenCalledTimes(1);
  });

  test('is ended for every peer when the node stops', async () => {
    const { keeper, connect } = world('peer_unknown');
    const both = [peer, atom('other@host')].map((one) => failure(keeper.reach(one, connect, 10_000)));
    await pass(50);
    keeper.stop(error('node_stopped'));
    expect(await Promise.all(both)).toMatchObject([{ code: 'node_stopped' }, { code: 'node_stopped' }]);
  });
});

describe('a peer that is kept', () => {
  test('is tried until there is a link, whatever the failure', async () => {
    const { keeper, connect, attempts } = world('cookie_mismatch', 'cookie_mismatch', 'cookie_mismatch', 'up');
    keeper.keep(peer, connect);
    await pass(10_000);
    expect(attempts).toEqual([0, 100, 300, 700]);
    expect(keeper.states()).toEqual({
      'app@host': { state: 'connected', attempts: 0, nextAttempt: undefined, reason: undefined },
    });
  });

  test('says how it fares', async () => {
    const { keeper, connect, rise, fall } = world('peer_unknown');
    const state = () => keeper.states()['app@host'];
    keeper.keep(peer, connect);
    expect(state()).toMatchObject({ state: 'connecting', attempts: 0, nextAttempt: undefined, reason: undefined });
    await pass(150);
    expect(state()).toMatchObject({
      state: 'waiting',
      attempts: 2,
      nextAttempt: 150,
      reason: { code: 'peer_unknown' },
    });
    rise();
    expect(state()).toMatchObject({ state: 'connected', attempts: 0, nextAttempt: undefined, reason: undefined });
    await pass(0);
    fall();
    expect(state()).toMatchObject({
      state: 'waiting',
      attempts: 0,
      nextAttempt: 400,
      reason: { code: 'noconnection' },
    });
    keeper.end(peer, error('disconnected'));
    expect(state()).toMatchObject({ state: 'disconnected', nextAttempt: undefined, reason: { code: 'disconnected' } });
    await pass(0);
  });

  test('is tried again after a pause when its link is lost: a short one when the link had lasted', async () => {
    const { keeper, connect, attempts, fall } = world('peer_unknown', 'peer_unknown', 'up');
    keeper.keep(peer, connect);
    await pass(300 + BACKOFF.longest);
    fall();
    await pass(5_000);
    fall();
    await pass(100);
    expect(attempts).toEqual([0, 100, 300, 1_200, 6_200]);
  });

  test('is tried after longer and longer pauses when no link lasts', async () => {
    const { keeper, connect, attempts, fall } = world('up');
    keeper.keep(peer, connect);
    await pass(0);
    for (const pause of [100, 200, 400, 800, 800]) {
      fall();
      await pass(pause);
    }
    expect(attempts).toEqual([0, 100, 300, 700, 1_500, 2_300]);
  });

  test('one effort goes on, however often a link comes and goes before it has looked', async () => {
    const { keeper, connect, attempts, rise, fall } = world('peer_unknown');
    keeper.keep(peer, connect);
    await pass(10);
    for (let n = 0; n < 20; n++) {
      rise();
      fall();
    }
    await pass(0);
    const before = attempts.length;
    expect(before).toBeLessThanOrEqual(2);
    await pass(8 * BACKOFF.longest);
    expect(attempts.length - before).toBeLessThanOrEqual(11);
    keeper.stop(error('node_stopped'));
  });

  test('is tried again, after a pause, when its link has gone by the time that the attempt says it is there', async () => {
    const { keeper, attempts, rise, fall } = world();
    const start = performance.now();
    keeper.keep(peer, async () => {
      attempts.push(performance.now() - start);
      rise();
      if (attempts.length < 3) fall();
    });
    await pass(1_000);
    expect(attempts).toEqual([0, 100, 300]);
    expect(keeper.states()['app@host']).toMatchObject({ state: 'connected' });
  });

  test('is connected without a failure when the peer was faster than an attempt that failed', async () => {
    const { keeper, attempts, rise } = world();
    keeper.keep(peer, async () => {
      if (attempts.push(0) > 1) return;
      rise();
      throw error('connection_refused');
    });
    await pass(0);
    expect(keeper.states()['app@host']).toMatchObject({ state: 'connected', attempts: 0, reason: undefined });
    expect(attempts).toHaveLength(2);
  });

  test('is left alone after a disconnect, until it is asked for again', async () => {
    const { keeper, connect, attempts, rise, fall } = world('peer_unknown', 'peer_unknown', 'up');
    keeper.keep(peer, connect);
    await pass(50);
    keeper.end(peer, error('disconnected'));
    await pass(10_000);
    rise();
    fall();
    await pass(10_000);
    expect(attempts).toEqual([0]);
    keeper.resume(peer);
    keeper.resume(peer);
    await pass(100);
    expect(attempts).toEqual([0, 20_050, 20_150]);
  });

  test('is kept again at once after a disconnect whose attempt is still ending', async () => {
    const { keeper, connect, attempts } = world('disconnected', 'peer_unknown', 'up');
    keeper.keep(peer, connect);
    keeper.end(peer, error('disconnected'));
    keeper.keep(peer, connect);
    await pass(0);
    expect(keeper.states()['app@host']).toMatchObject({ attempts: 1, reason: { code: 'peer_unknown' } });
    await pass(100);
    expect(attempts).toHaveLength(3);
    expect(keeper.states()['app@host']).toMatchObject({ state: 'connected' });
  });

  test('is let go in the middle of an attempt, which leaves no pause', async () => {
    const { keeper } = world();
    keeper.keep(peer, (_timeout, signal) => {
      return new Promise((_, reject) => signal?.addEventListener('abort', () => reject(error('aborted'))));
    });
    await pass(0);
    keeper.release(peer);
    await pass(0);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('is let go: its attempt is given up, its pause ends, and its link may stay away', async () => {
    const { keeper, connect, attempts, rise, fall } = world('peer_unknown');
    keeper.keep(peer, connect);
    const [, signal] = connect.mock.calls[0]!;
    await pass(50);
    expect(keeper.release(peer)).toBe(true);
    expect(keeper.release(peer)).toBe(false);
    expect(signal?.aborted).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
    rise();
    fall();
    await pass(10_000);
    expect(attempts).toEqual([0]);
    expect(keeper.states()).toEqual({});
  });

  test('takes a new way to it for the attempts to come', async () => {
    const { keeper, connect } = world('peer_unknown');
    const [first, second] = [vi.fn(() => connect(1)), vi.fn(() => connect(1))];
    keeper.keep(peer, first);
    keeper.keep(peer, second);
    await pass(100);
    expect([first.mock.calls.length, second.mock.calls.length]).toEqual([1, 1]);
    keeper.stop(error('node_stopped'));
  });

  test('who waits for it besides does not wait for its pause, and shares the later ones', async () => {
    const { keeper, connect, attempts } = world(...Array<ErrorCode>(5).fill('peer_unknown'), 'up');
    keeper.keep(peer, connect);
    await pass(400);
    const reached = keeper.reach(peer, connect, 10_000);
    await pass(300);
    await reached;
    expect(attempts).toEqual([0, 100, 300, 400, 700, 700]);
  });
});
