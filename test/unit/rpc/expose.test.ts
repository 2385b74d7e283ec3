import { describe, expect, test } from 'vitest';
import { Exposed, type ExposedFunctions } from '../../../lib/rpc/expose.ts';
import { atom } from '../../../lib/term/atom.ts';

function named(name: string): () => string {
  return () => name;
}

/** What answers for a call; undefined when nothing does. */
function found(exposed: Exposed, module: string, name: string, arity: number): unknown {
  return exposed.find(atom(module), atom(name), arity)?.call({ caller: undefined });
}

describe('the list of exposed functions', () => {
  test('is empty at first', () => {
    const exposed = new Exposed();
    for (const [module, name] of [
      ['erlang', 'node'],
      ['os', 'cmd'],
      ['code', 'load_binary'],
      ['file', 'read_file'],
      ['erpc', 'execute_call'],
    ] as const) {
      expect(exposed.find(atom(module), atom(name), 1)).toBeUndefined();
    }
  });

  test('has a function for calls with any number of arguments, or with one number only', () => {
    const exposed = new Exposed();
    exposed.add('calc', { any: named('any'), 'two/2': named('two'), 'none/0': named('none') });
    expect([0, 1, 255].map((arity) => found(exposed, 'calc', 'any', arity))).toEqual(['any', 'any', 'any']);
    expect([1, 2, 3].map((arity) => found(exposed, 'calc', 'two', arity))).toEqual([undefined, 'two', undefined]);
    expect(found(exposed, 'calc', 'none', 0)).toBe('none');
    expect(found(exposed, 'calc', 'two/2', 2)).toBeUndefined();
    expect(found(exposed, 'Calc', 'any', 0)).toBeUndefined();
  });

  test('prefers the function of the very number', () => {
    const exposed = new Exposed();
    exposed.add('calc', { f: named('any'), 'f/1': named('one') });
    expect([0, 1, 2].map((arity) => found(exposed, 'calc', 'f', arity))).toEqual(['any', 'one', 'any']);
  });

  test('takes names as Erlang and Elixir have them', () => {
    const exposed = new Exposed();
    exposed.add('Elixir.MyApp.Calc', { 'ok?': named('question'), '//2': named('division'), '/': named('slash') });
    expect(found(exposed, 'Elixir.MyApp.Calc', 'ok?', 0)).toBe('question');
    expect(found(exposed, 'Elixir.MyApp.Calc', '/', 2)).toBe('division');
    expect(found(exposed, 'Elixir.MyApp.Calc', '/', 1)).toBe('slash');
    exposed.add('odd', { 'f/02': named('no arity'), 'f/': named('nor this') });
    expect(found(exposed, 'odd', 'f', 2)).toBeUndefined();
    expect(found(exposed, 'odd', 'f/02', 7)).toBe('no arity');
    expect(found(exposed, 'odd', 'f/', 1)).toBe('nor this');
  });

  test('has nothing that an object inherits', () => {
    class Calc {
      own = named('own');
      inherited(): string {
        return 'inherited';
      }
    }
    const exposed = new Exposed();
    exposed.add('calc', new Calc() as unknown as ExposedFunctions);
    exposed.add(
      'child',
      Object.create({ inherited: named('inherited') }, { own: { value: named('own'), enumerable: true } }),
    );
    for (const module of ['calc', 'child']) {
      expect(found(exposed, module, 'own', 0)).toBe('own');
      for (const name of ['inherited', 'constructor', '__proto__', 'toString', 'hasOwnProperty']) {
        expect(exposed.find(atom(module), atom(name), 0), name).toBeUndefined();
      }
    }
    expect(exposed.find(atom('__proto__'), atom('toString'), 0)).toBeUndefined();
    expect(exposed.find(atom('constructor'), atom('name'), 0)).toBeUndefined();
  });

  test('leaves out what is no function, and what is not enumerable', () => {
    const exposed = new Exposed();
    const functions = { version: 1, f: named('f') };
    Object.defineProperty(functions, 'hidden', { value: named('hidden'), enumerable: false });
    exposed.add('calc', functions as unknown as ExposedFunctions);
    expect(found(exposed, 'calc', 'f', 0)).toBe('f');
    expect(exposed.find(atom('calc'), atom('version'), 0)).toBeUndefined();
    expect(exposed.find(atom('calc'), atom('hidden'), 0)).toBeUndefined();
  });

  test('is no longer changed by the object', () => {
    const exposed = new Exposed();
    const functions: Record<string, () => string> = { f: named('f') };
    exposed.add('calc', functions);
    functions.f = named('changed');
    functions.g = named('added');
    expect(found(exposed, 'calc', 'f', 0)).toBe('f');
    expect(exposed.find(atom('calc'), atom('g'), 0)).toBeUndefined();
  });

  test('takes a module in several parts, each of which can be taken back', () => {
    const exposed = new Exposed();
    const first = exposed.add('calc', { f: named('f'), 'g/1': named('g/1') });
    const second = exposed.add('calc', { g: named('g') });
    expect(first.module).toBe('calc');
    expect(found(exposed, 'calc', 'g', 1)).toBe('g/1');
    first.unexpose();
    expect(exposed.find(atom('calc'), atom('f'), 0)).toBeUndefined();
    expect(found(exposed, 'calc', 'g', 1)).toBe('g');
    second[Symbol.dispose]();
    expect(exposed.find(atom('calc'), atom('g'), 1)).toBeUndefined();
  });

  test('is not changed by taking back twice what somebody else has exposed since', () => {
    const exposed = new Exposed();
    const first = exposed.add('calc', { f: named('first') });
    first.unexpose();
    exposed.add('calc', { f: named('second') });
    first.unexpose();
    expect(found(exposed, 'calc', 'f', 0)).toBe('second');
  });

  test('refuses what is on it already, and then adds nothing', () => {
    const exposed = new Exposed();
    exposed.add('calc', { f: named('f'), 'g/2': named('g/2') });
    const add = (functions: ExposedFunctions) => () => exposed.add('calc', functions);
    expect(add({ other: named('other'), f: named('again') })).toThrow(
      expect.objectContaining({ code: 'already_exposed', facts: { module: 'calc', function: 'f', arity: undefined } }),
    );
    expect(add({ 'g/2': named('again') })).toThrow(
      expect.objectContaining({ code: 'already_exposed', facts: { module: 'calc', function: 'g', arity: 2 } }),
    );
    expect(exposed.find(atom('calc'), atom('other'), 0)).toBeUndefined();
    exposed.add('calc', { 'f/1': named('f/1'), 'g/3': named('g/3') });
    exposed.add('calculator', { f: named('elsewhere') });
  });

  test.each([
    { what: 'nothing', functions: undefined },
    { what: 'null', functions: null },
    { what: 'a function', functions: named('f') },
    { what: 'an object without functions', functions: { version: 1 } },
    { what: 'a name that no atom has', functions: { ['x'.repeat(256)]: named('f') } },
    { what: 'more arguments than a function has', functions: { 'f/256': named('f') } },
  ])('refuses $what', ({ functions }) => {
    const add = () => new Exposed().add('calc', functions as never);
    expect(add).toThrow(expect.objectContaining({ code: 'invalid_argument' }));
  });

  test('refuses a module whose name no atom has', () => {
    for (const module of ['x'.repeat(256), '\ud800', 7]) {
      expect(() => new Exposed().add(module as string, { f: named('f') })).toThrow(
        expect.objectContaining({ code: 'invalid_argument' }),
      );
    }
  });
});
