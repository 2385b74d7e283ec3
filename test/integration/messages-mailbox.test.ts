/** Receiving: one message at a time, by choice, in a loop, or by a handler. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ANY, atom, type HiddenNode, isHiddenNodeError, type Mailbox, registered, tuple } from '../../lib/index.ts';
import { Cluster } from '../helpers/cluster.ts';
import { failure, until } from '../helpers/until.ts';

let cluster: Cluster;
let node: HiddenNode;
let inbox: Mailbox;

beforeAll(async () => {
  cluster = await Cluster.start();
});
beforeEach(async () => {
  node = await cluster.node({ listen: false });
  inbox = node.mailbox('inbox');
});
afterEach(() => cluster.stopNodes());
afterAll(() => cluster.stop());

async function filled(...messages: Parameters<HiddenNode['send']>[1][]): Promise<void> {
  for (const message of messages) node.send(inbox.pid, message);
  await until('the messages', () => inbox.size === messages.length);
}

describe('receive', () => {
  test('takes what is there, oldest first', async () => {
    await filled(1, 2, 3);
    expect(await inbox.receive()).toBe(1);
    expect(await inbox.receive()).toBe(2);
    expect(inbox.size).toBe(1);
  });

  test('waits for what is not there yet', async () => {
    const waiting = inbox.receive();
    node.send(inbox.pid, 'late');
    expect(await waiting).toEqual(Buffer.from('late'));
  });

  test('undefined is a message like any other', async () => {
    await filled(undefined, null);
    expect(await inbox.receive({ timeout: 0 })).toBeUndefined();
    expect(await inbox.receive({ timeout: 0 })).toBeNull();
    expect(await failure(inbox.receive({ timeout: 0 }))).toMatchObject({ code: 'timeout' });
  });

  test('takes the oldest that a predicate accepts, and leaves the others in order', async () => {
    await filled(1, 2, 3, 4, 5);
    const even = (message: unknown) => (message as number) % 2 === 0;
    expect(await inbox.receive({ match: even })).toBe(2);
    expect(await inbox.receive({ match: even })).toBe(4);
    expect(await inbox.receive()).toBe(1);
    expect(await inbox.receive()).toBe(3);
    expect(await inbox.receive()).toBe(5);
  });

  test('a choice among what is left behind messages that were taken', async () => {
    await filled(1, 2, 3, 4);
    expect(await inbox.receive()).toBe(1);
    expect(await inbox.receive({ match: 3 })).toBe(3);
    expect(inbox.size).toBe(2);
    expect(await inbox.receive()).toBe(2);
    expect(await inbox.receive()).toBe(4);
  });

  test('takes thousands in order, some by choice', async () => {
    await filled(...Array.from({ length: 5_000 }, (_, n) => n));
    expect(await inbox.receive({ match: 4_000 })).toBe(4_000);
    for (let n = 0; n < 5_000; n++) if (n !== 4_000) expect(await inbox.receive({ timeout: 0 })).toBe(n);
    expect(inbox.size).toBe(0);
  });

  test('takes what a pattern fits, in which ANY stands for anything', async () => {
    await filled(tuple(atom('error'), 1), tuple(atom('ok'), 2, 3), tuple(atom('ok'), { key: 'value' }), atom('ok'));
    expect(await inbox.receive({ match: tuple(atom('ok'), ANY) as never })).toEqual(
      tuple(atom('ok'), new Map([[atom('key'), Buffer.from('value')]])),
    );
    expect(await inbox.receive({ match: atom('ok') })).toBe(atom('ok'));
    expect(inbox.size).toBe(2);
  });

  test('a waiting choice lets others pass to the mailbox', async () => {
    const chosen = inbox.receive({ match: 'b' });
    node.send(inbox.pid, 'a');
    node.send(inbox.pid, 'b');
    expect(await chosen).toEqual(Buffer.from('b'));
    expect(await inbox.receive({ timeout: 0 })).toEqual(Buffer.from('a'));
  });

  test('several that wait are served in the order of their calls', async () => {
    const all = Promise.all(Array.from({ length: 10 }, () => inbox.receive()));
    for (let n = 0; n < 10; n++) node.send(inbox.pid, n);
    expect(await all).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  test('gives up after its time, says how long that was, and loses nothing', async () => {
    const error = await failure(inbox.receive({ timeout: 20 }));
    expect(error).toMatchObject({ code: 'timeout', facts: { timeout: 20 } });
    await filled('kept');
    expect(await inbox.receive({ timeout: 0 })).toEqual(Buffer.from('kept'));
  });

  test('gives up when its signal fires, with its reason as the cause, and loses nothing', async () => {
    const abort = new AbortController();
    const waiting = failure(inbox.receive({ signal: abort.signal }));
    const reason = new Error('enough');
    abort.abort(reason);
    expect(await waiting).toMatchObject({ code: 'aborted', cause: reason });
    await filled('kept');
    expect(await failure(inbox.receive({ signal: abort.signal }))).toMatchObject({ code: 'aborted' });
    expect(await inbox.receive()).toEqual(Buffer.from('kept'));
  });

  test.each([-1, Number.NaN, '5' as never])('refuses %s as a timeout', async (timeout) => {
    expect(await failure(inbox.receive({ timeout }))).toMatchObject({ code: 'invalid_argument' });
  });

  test('a predicate that throws rejects its own receive; the message goes to the next', async () => {
    const broken = failure(
      inbox.receive({
        match: () => {
          throw new Error('broken predicate');
        },
      }),
    );
    const whole = inbox.receive();
    node.send(inbox.pid, 'message');
    expect(await broken).toMatchObject({ message: 'broken predicate' });
    expect(await whole).toEqual(Buffer.from('message'));
  });
});

test('a predicate that throws does not hurt the link that brings the message', async () => {
  const [near, far] = [await cluster.node(), await cluster.node({ listen: false })];
  const watched = near.mailbox('watched');
  const broken = failure(
    watched.receive({
      match: () => {
        throw new Error('broken predicate');
      },
    }),
  );
  far.send(registered('watched', near.name), 1);
  expect(await broken).toMatchObject({ message: 'broken predicate' });
  far.send(registered('watched', near.name), 2);
  expect(await watched.receive({ timeout: 5_000 })).toBe(1);
  expect(await watched.receive({ timeout: 5_000 })).toBe(2);
  expect(near.nodes()).toEqual([far.name]);
});

describe('a loop over the mailbox', () => {
  test('gives every message and ends when the mailbox closes', async () => {
    await filled(1, 2);
    const seen: unknown[] = [];
    const loop = (async () => {
      for await (const message of inbox) {
        seen.push(message);
        if (message === 4) inbox.close();
      }
    })();
    node.send(inbox.pid, 3);
    node.send(inbox.pid, 4);
    await loop;
    expect(seen).toEqual([1, 2, 3, 4]);
  });

  test('may be left and taken up again', async () => {
    await filled(1, 2, 3);
    for await (const message of inbox) if (message === 2) break;
    expect(await inbox.receive()).toBe(3);
  });

  test('that waits ends when the node stops', async () => {
    const loop = (async () => {
      for await (const _ of inbox) throw new Error('nothing was sent');
      return 'ended';
    })();
    await node.stop();
    expect(await loop).toBe('ended');
  });
});

describe('a handler', () => {
  test('gets what waits and what comes, in order', async () => {
    await filled(1, 2);
    const seen: unknown[] = [];
    inbox.onMessage((message) => seen.push(message));
    expect(seen).toEqual([1, 2]);
    node.send(inbox.pid, 3);
    await until('the third', () => seen.length === 3);
    expect(inbox.size).toBe(0);
  });

  test('may be taken away, after which messages wait again', async () => {
    const seen: unknown[] = [];
    inbox.onMessage((message) => {
      seen.push(message);
      inbox.onMessage(undefined);
    });
    await (async () => {
      node.send(inbox.pid, 1);
      node.send(inbox.pid, 2);
      await until('the second to wait', () => inbox.size === 1);
    })();
    expect(seen).toEqual([1]);
  });

  test('may close its mailbox', async () => {
    inbox.onMessage(() => inbox.close());
    node.send(inbox.pid, 1);
    node.send(inbox.pid, 2);
    await until('the close', () => inbox.closed);
  });
});

describe('close', () => {
  test('rejects what waits, frees the name, and drops what comes', async () => {
    const waiting = failure(inbox.receive());
    inbox.close();
    inbox.close();
    expect(await waiting).toMatchObject({ code: 'mailbox_closed', facts: { name: 'inbox' } });
    expect(await failure(inbox.receive())).toMatchObject({ code: 'mailbox_closed' });
    expect(await failure(() => inbox.send(node.pid, 1))).toMatchObject({ code: 'mailbox_closed' });
    const heir = node.mailbox('inbox');
    node.send(inbox.pid, 'to the old pid');
    node.send(registered('inbox', node.name), 'to the name');
    expect(await heir.receive({ timeout: 1_000 })).toEqual(Buffer.from('to the name'));
    expect(inbox.size).toBe(0);
  });

  test('happens at the end of an await using block', async () => {
    let seen: Mailbox;
    {
      await using scoped = node.mailbox('scoped');
      seen = scoped;
      expect(seen.closed).toBe(false);
    }
    expect(seen.closed).toBe(true);
  });
});

test('a name is given once', async () => {
  const error = await failure(() => node.mailbox('inbox'));
  expect(isHiddenNodeError(error, 'registered_name_taken')).toBe(true);
  expect(error).toMatchObject({ facts: { name: 'inbox' } });
  expect(await failure(() => node.mailbox('net_kernel'))).toMatchObject({ code: 'registered_name_taken' });
  expect(await failure(() => node.mailbox('x'.repeat(300)))).toMatchObject({ code: 'invalid_argument' });
});
