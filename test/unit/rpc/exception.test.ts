import { fileURLToPath } from 'node:url';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { HiddenNodeError } from '../../../lib/errors.ts';
import { caught, ErlangException } from '../../../lib/rpc/exception.ts';
import { atom } from '../../../lib/term/atom.ts';
import { encode } from '../../../lib/term/encoder.ts';
import { format } from '../../../lib/term/format.ts';
import { tuple } from '../../../lib/term/tuple.ts';

const HERE = fileURLToPath(import.meta.url);

/** Class and reason as text. */
function shown(thrown: unknown): string {
  const { exceptionClass, reason, stack } = caught(thrown);
  encode([reason, stack]);
  return `${exceptionClass} ${format(reason)}`;
}

describe('what a function throws', () => {
  test('as an ErlangException is what it says', () => {
    expect(shown(new ErlangException('error', atom('badarg')))).toBe('error badarg');
    expect(shown(new ErlangException('exit', tuple(atom('shutdown'), 1)))).toBe('exit {shutdown,1}');
    expect(shown(new ErlangException('throw', ['ball', 1.5]))).toBe('throw [<<"ball">>,1.5]');
  });

  test('as an Error is an error with its name and message', () => {
    expect(shown(new Error('broken'))).toBe('error {js_error,<<"Error">>,<<"broken">>}');
    expect(shown(new RangeError('too far'))).toBe('error {js_error,<<"RangeError">>,<<"too far">>}');
    expect(shown(new HiddenNodeError('noconnection', 'gone'))).toBe('error {js_error,<<"noconnection">>,<<"gone">>}');
    expect(shown(runInNewContext('new TypeError("of another realm")'))).toMatch(/^error \{js_error,<<"TypeError">>,/);
  });

  test('as a value that is no error is thrown', () => {
    expect(shown(atom('ball'))).toBe('throw ball');
    expect(shown(7)).toBe('throw 7');
    expect(shown(undefined)).toBe('throw undefined');
    expect(shown({ code: 7 })).toBe('throw #{code => 7}');
  });

  test('is text when it is no term', () => {
    expect(shown(Symbol('ball'))).toBe('throw <<"Symbol(ball)">>');
    expect(shown(() => 1)).toBe('throw <<"() => 1">>');
    const cycle: unknown[] = [];
    cycle.push(cycle);
    expect(shown(cycle)).toBe('throw <<>>');
  });

  test('never makes it throw', () => {
    const hostile = new Proxy(new Error('x'), {
      get: () => {
        throw new Error('trap');
      },
    });
    const nameless = Object.assign(new Error('x'), { name: { toString: () => 7 }, stack: 3 });
    const wild = new Error('wild');
    wild.stack = 'Error: wild\n    at \ud800 (file://%%%:1:2)\n    at f (/x.js:99999999999999999999:1)\n    at (:::)';
    for (const thrown of [
      hostile,
      nameless,
      wild,
      Object.create(null),
      Object.create({
        get x() {
          throw 1;
        },
      }),
    ]) {
      expect(shown(thrown)).toMatch(/^(error|throw) /);
    }
  });

  test('is cut when it is long', () => {
    const { reason } = caught(new Error('x'.repeat(1_000_000)));
    expect(encode(reason).length).toBeLessThan(11_000);
  });

  test('has the stack of the function, the innermost first', () => {
    function inner(): never {
      throw new Error('deep');
    }
    function outer(): void {
      inner();
    }
    let stack = '';
    try {
      outer();
    } catch (error) {
      stack = format(caught(error).stack);
    }
    expect(stack).toMatch(/^\[\{js,inner,0,\[\{file,"[^"]*exception\.test\.ts"\},\{line,\d+\}\]\},\{js,outer,0,/);
  });

  test('has no more of the stack than Erlang keeps, and nothing from the file that called on', () => {
    const deep = (n: number): never => {
      if (n === 0) throw new Error('deep');
      return deep(n - 1);
    };
    let thrown: unknown;
    try {
      deep(100);
    } catch (error) {
      thrown = error;
    }
    expect(caught(thrown).stack.length).toBe(8);
    expect(caught(thrown, HERE).stack).toEqual([]);
  });
});

test('an ErlangException is made of a class and a term', () => {
  expect(() => new ErlangException('fatal' as never, 1)).toThrow(expect.objectContaining({ code: 'invalid_argument' }));
  expect(() => new ErlangException('error', Symbol('x') as never)).toThrow(
    expect.objectContaining({ code: 'not_a_term' }),
  );
});
