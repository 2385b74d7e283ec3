/** Why a process ends whose function threw. */
import { expect, test } from 'vitest';
import { ErlangException } from '../../../lib/rpc/exception.ts';
import { exitReason, sendable } from '../../../lib/rpc/exit-reason.ts';
import { atom } from '../../../lib/term/atom.ts';
import { encode } from '../../../lib/term/encoder.ts';
import { format } from '../../../lib/term/format.ts';
import type { EncodableTerm } from '../../../lib/term/term.ts';
import { tuple } from '../../../lib/term/tuple.ts';

test.each([
  { thrown: new ErlangException('exit', { why: 'x' }), reason: '#{why => <<"x">>}' },
  { thrown: new ErlangException('throw', 1), reason: '{bad_return_value,1}' },
  { thrown: tuple(1, 2), reason: '{bad_return_value,{1,2}}' },
  { thrown: undefined, reason: '{bad_return_value,undefined}' },
])('$reason', ({ thrown, reason }) => {
  expect(format(exitReason(thrown))).toBe(reason);
});

test('an error comes with its stack, up to the file that called', () => {
  expect(format(exitReason(new ErlangException('error', atom('badarg'))))).toMatch(/^\{badarg,\[\{js,/);
  const thrown = (() => new TypeError('no'))();
  expect(format(exitReason(thrown))).toContain('exit-reason.test.ts');
  expect(format(exitReason(thrown, import.meta.filename))).toBe('{{js_error,<<"TypeError">>,<<"no">>},[]}');
});

test('a reason fits into the terms that carry it', () => {
  const nested = (depth: number): EncodableTerm => (depth === 0 ? atom('x') : tuple(nested(depth - 1)));
  expect(format(sendable(nested(1023)))).toMatch(/^\{{1023}x\}{1023}$/);
  for (const tooDeep of [sendable(nested(1024)), exitReason(new ErlangException('error', nested(1023)))]) {
    expect(format(tooDeep)).toBe('{js_error,<<"term_too_deep">>,<<"the reason has no term that can be sent">>}');
    encode(tuple(tooDeep));
  }
});
