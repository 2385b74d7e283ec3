/** What a server is sent, told apart. */
import { expect, test } from 'vitest';
import { From, serverRequest } from '../../../lib/rpc/server-requests.ts';
import { atom } from '../../../lib/term/atom.ts';
import { Pid } from '../../../lib/term/pid.ts';
import type { Term } from '../../../lib/term/term.ts';
import { tuple } from '../../../lib/term/tuple.ts';

const CALL = atom('$gen_call');
const CAST = atom('$gen_cast');
const SYSTEM = atom('system');
const pid = new Pid(atom('beam@127.0.0.1'), 1, 2, 3);

test.each([
  { name: 'a call', first: CALL, kind: 'call' },
  { name: 'a system message', first: SYSTEM, kind: 'system' },
])('$name has a caller', ({ first, kind }) => {
  const term = tuple(pid, 'tag');
  const request = serverRequest(tuple(first, term, undefined));
  expect(request).toMatchObject({ kind, content: undefined });
  expect(request.from).toBeInstanceOf(From);
  expect(request.from).toMatchObject({ pid, tag: 'tag', term, answered: false });
});

test('a cast may hold anything', () => {
  for (const content of [undefined, 1, tuple(CALL, tuple(pid, 1), 2)]) {
    expect(serverRequest(tuple(CAST, content))).toEqual({ kind: 'cast', from: undefined, content });
  }
});

test('anything else is info', () => {
  const messages: Term[] = [
    undefined,
    CALL,
    [CALL, tuple(pid, 1), 2],
    tuple(),
    tuple(CALL),
    tuple(CALL, tuple(pid, 1)),
    tuple(CALL, tuple(pid, 1), 2, 3),
    tuple(CALL, tuple(pid), 2),
    tuple(CALL, tuple(pid, 1, 2), 2),
    tuple(CALL, tuple(1, pid), 2),
    tuple(CALL, [pid, 1], 2),
    tuple(CALL, pid, 2),
    tuple(CAST),
    tuple(CAST, 1, 2),
    tuple(SYSTEM, 1, 2),
    tuple('$gen_cast', 1),
    new Map([[CAST, 1]]),
  ];
  for (const message of messages) {
    expect(serverRequest(message)).toEqual({ kind: 'info', from: undefined, content: message });
  }
});
