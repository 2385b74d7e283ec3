/** The exact control messages of spawn requests and their answers, both ways, and requests of every bad form. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  atom,
  type EncodableTerm,
  ExportTerm,
  format,
  type HiddenNode,
  type HiddenNodeError,
  improperList,
  Pid,
  Reference,
  type Term,
  tuple,
} from '../../lib/index.ts';
import { uniqueName, useCluster } from '../helpers/cluster.ts';
import { HandmadePeer, USUAL_FLAGS } from '../helpers/handmade-peer.ts';
import { Signals } from '../helpers/signals.ts';
import { failure, until } from '../helpers/until.ts';

const SPAWN = 1n << 32n;
const { cluster } = useCluster();
let node: HiddenNode;
let peer: HandmadePeer;
let their: Signals;

async function join(flags = USUAL_FLAGS): Promise<void> {
  const name = uniqueName('handmade');
  peer = await HandmadePeer.connect(node.port!, { name, cookie: cluster.cookie, flags });
  await peer.shakeHands();
  await until('the link', () => node.nodes().includes(name));
  their = new Signals(peer, name);
}

beforeEach(async () => {
  node = await cluster.node();
});
afterEach(() => peer.destroy());

interface RequestOptions {
  options?: EncodableTerm;
  args?: EncodableTerm;
  arity?: EncodableTerm;
  id?: number;
  name?: string;
}

/** A spawn request for `calc:Name/Arity`. */
function request({ options = [atom('monitor')], args = [], arity = 0, id = 1, name = 'f' }: RequestOptions): Buffer {
  const mfa = tuple(atom('calc'), atom(name), arity);
  return their.bytes(tuple(29, their.reference(id), their.pid(), their.pid(2), mfa, options), args);
}

/** What SPAWN_REPLY says: flags, and the kind of result. */
async function reply(): Promise<{ flags: Term; result: string; pid: Term }> {
  const { operation, control } = await their.heard();
  expect(operation).toBe(31);
  const [, reference, to, flags, result] = control;
  expect(reference).toEqual(their.reference());
  expect(to).toEqual(their.pid());
  return { flags, result: result instanceof Pid ? 'a pid' : format(result), pid: result };
}

describe('a spawn request', () => {
  test.each([
    { options: [], flags: 0, end: undefined },
    { options: [atom('monitor')], flags: 2, end: 28 },
    { options: [atom('link')], flags: 1, end: 24 },
  ])('with the options $options is answered, and then its process ends', async ({ options, flags, end }) => {
    await join();
    node.expose('calc', { f: () => 1 });
    peer.write(request({ options }));
    const { pid, ...rest } = await reply();
    expect(rest).toEqual({ flags, result: 'a pid' });
    if (end === undefined) return;
    const { operation, control, payload } = await their.heard();
    expect(operation).toBe(end);
    expect(control.slice(1, 3)).toEqual([pid, their.pid()]);
    if (end === 28) expect(control[3]).toEqual(their.reference());
    expect(payload).toBe(atom('normal'));
  });

  test('with a trace token, and with references of any size, is answered as well', async () => {
    await join();
    const long = new Reference(atom(their.name), 77, [1, 2, 3, 4, 5]);
    const mfa = tuple(atom('calc'), atom('f'), 0);
    const token = tuple(1, 2, 3, their.pid(), 4);
    their.say(tuple(30, long, their.pid(), their.pid(), mfa, [], token), []);
    const { control } = await their.heard();
    expect(control.slice(0, 4)).toEqual([31, long, their.pid(), 0]);
    expect(control[4]).toBeInstanceOf(Pid);
  });

  test('to a peer that takes no payload with an exit ends within the control message', async () => {
    await join(USUAL_FLAGS & ~0x400000n);
    node.expose('calc', { f: () => [1, 2] });
    const call = tuple(29, their.reference(), their.pid(), their.pid(), tuple(atom('erpc'), atom('execute_call'), 4), [
      atom('monitor'),
    ]);
    their.say(call, [atom('result'), atom('calc'), atom('f'), []]);
    await reply();
    const { operation, control } = await their.heard();
    expect(operation).toBe(21);
    expect(format(control[4])).toBe('{result,return,[1,2]}');
  });

  test.each([
    { what: 'an unknown option', options: [atom('unknown')] },
    { what: 'an improper list of options', options: improperList<EncodableTerm>([atom('link')], atom('monitor')) },
    { what: 'options that are no list', options: atom('link') },
    { what: 'options that are a map', options: { link: true } },
    { what: 'an option that is a long tuple', options: [tuple(atom('priority'), atom('low'), 1)] },
    { what: 'an option without its value', options: [atom('priority')] },
    { what: 'an option that is only for who asks', options: [tuple(atom('reply'), atom('no'))] },
    { what: 'a number as an option', options: [1] },
    { what: 'a size below nothing', options: [tuple(atom('min_heap_size'), -1)] },
    { what: 'a fractional size', options: [tuple(atom('min_heap_size'), 1.5)] },
  ])('with $what is answered badopt, and nothing runs', async ({ options }) => {
    await join();
    let runs = 0;
    node.expose('calc', { f: () => ++runs });
    peer.write(request({ options }));
    expect(await reply()).toMatchObject({ flags: 0, result: 'badopt' });
    peer.write(request({}));
    expect(await reply()).toMatchObject({ result: 'a pid' });
    expect(runs).toBe(1);
  });

  test.each([
    { what: 'fewer arguments than it says', args: [1], arity: 2 },
    { what: 'more arguments than it says', args: [1, 2], arity: 1 },
    { what: 'arguments that are no list', args: atom('x'), arity: 0 },
    { what: 'an improper list of arguments', args: improperList([1], 2), arity: 1 },
    { what: 'a number of arguments below nothing', args: [], arity: -1 },
  ])('with $what is answered badarg', async ({ args, arity }) => {
    await join();
    node.expose('calc', { f: () => 1 });
    peer.write(request({ args, arity }));
    expect(await reply()).toMatchObject({ flags: 0, result: 'badarg' });
    peer.write(request({}));
    expect(await reply()).toMatchObject({ result: 'a pid' });
  });

  test.each([
    { what: 'a number of arguments of many digits', mfa: tuple(atom('calc'), atom('f'), 1n << 70n) },
    { what: 'a name that is no atom', mfa: tuple(atom('calc'), 'f', 0) },
    { what: 'no function', mfa: atom('calc') },
    { what: 'a function of two parts', mfa: tuple(atom('calc'), atom('f')) },
  ])('for $what ends the connection, as in Erlang, and only that', async ({ mfa }) => {
    await join();
    const down = new Promise<HiddenNodeError>((resolve) => {
      node.once('nodedown', (_, reason) => resolve(reason));
    });
    their.say(tuple(29, their.reference(), their.pid(), their.pid(), mfa, []), []);
    expect(await down).toMatchObject({ code: 'malformed_frame' });
    await join();
    peer.write(request({}));
    expect(await reply()).toMatchObject({ result: 'a pid' });
  });

  test.each([
    {
      what: 'anything as a reference',
      args: [{ any: [1] }, atom('calc'), atom('f'), []],
      reason: '{#{any => [1]},return,1}',
    },
    { what: 'a module that is no atom', args: [1, 'calc', atom('f'), []], reason: /^\{1,error,badarg,/ },
    { what: 'arguments that are no list', args: [1, atom('calc'), atom('f'), 7], reason: /^\{1,error,badarg,/ },
    { what: 'a map for everything', args: [{}, {}, {}, {}], reason: /^\{#\{\},error,badarg,/ },
    {
      what: 'a fun that calls on and on',
      args: [1, atom('erlang'), atom('apply'), [new ExportTerm(atom('erlang'), atom('apply'), 2), [1, []]]],
      reason: /^\{1,error,undef,/,
    },
  ])('of erpc with $what is answered', async ({ args, reason }) => {
    await join();
    node.expose('calc', { f: () => 1 });
    const mfa = tuple(atom('erpc'), atom('execute_call'), 4);
    their.say(tuple(29, their.reference(), their.pid(), their.pid(), mfa, [atom('monitor')]), args as EncodableTerm);
    expect(await reply()).toMatchObject({ flags: 2, result: 'a pid' });
    const { payload } = await their.heard();
    if (typeof reason === 'string') expect(format(payload)).toBe(reason);
    else expect(format(payload)).toMatch(reason);
  });

  test('with arguments as deep as terms may be is answered', async () => {
    await join();
    let deep: EncodableTerm = [];
    for (let i = 0; i < 1_021; i++) deep = [deep];
    const mfa = tuple(atom('erpc'), atom('execute_call'), 4);
    // What is not exposed is told with its arguments, in a term that is deeper than they were.
    their.say(tuple(29, their.reference(), their.pid(), their.pid(), mfa, [atom('monitor')]), [
      1,
      atom('calc'),
      atom('none'),
      [deep],
    ]);
    await reply();
    expect(format((await their.heard()).payload)).toMatch(/^\{1,error,(undef|\{js_error,<<"term_too_deep">>,)/);
  });

  test('a hundred thousand times is answered each time, once', async () => {
    await join();
    const count = 100_000;
    const batch = 1_000;
    for (let first = 0; first < count; first += batch) {
      const ids = Array.from({ length: batch }, (_, i) => first + i);
      peer.write(Buffer.concat(ids.map((id) => request({ id, name: 'none' }))));
      const seen = new Map<string, number>();
      for (let i = 0; i < 2 * batch; i++) {
        const { operation, control } = await their.heard();
        const reference = control[operation === 31 ? 1 : 3] as Reference;
        const key = `${operation} ${reference.words.join('.')}`;
        seen.set(key, (seen.get(key) ?? 0) + 1);
      }
      expect([seen.size, Math.max(...seen.values())]).toEqual([2 * batch, 1]);
    }
  }, 60_000);

  test('beyond as many as may run is answered system_limit, until some have ended', async () => {
    await join();
    let open!: (value: number) => void;
    const gate = new Promise<number>((resolve) => {
      open = resolve;
    });
    let running = 0;
    node.expose('calc', {
      f() {
        running++;
        return gate;
      },
    });
    const most = 100_000;
    const batch = Buffer.concat(Array.from({ length: 1_000 }, (_, id) => request({ id, options: [] })));
    for (let i = 0; i < most; i += 1_000) {
      peer.write(batch);
      for (let n = 0; n < 1_000; n++) expect((await their.heard()).control[4]).toBeInstanceOf(Pid);
    }
    expect(running).toBe(most);
    peer.write(request({}));
    expect(await reply()).toMatchObject({ flags: 0, result: 'system_limit' });
    // The same places are for calls through rex.
    const from = tuple(their.pid(), their.reference());
    const call = tuple(atom('call'), atom('calc'), atom('g'), [], atom('user'));
    their.say(tuple(6, their.pid(), atom(''), atom('rex')), tuple(atom('$gen_call'), from, call));
    expect(format((await their.heard()).payload)).toMatch(/,\{badrpc,\{'EXIT',system_limit\}\}\}$/);
    open(1);
    await gate;
    await new Promise(setImmediate);
    peer.write(request({}));
    expect(await reply()).toMatchObject({ result: 'a pid' });
  }, 60_000);
});

describe('an answer to a spawn request', () => {
  /** Calls a function of the peer, which has been told its group leader; gives the request. */
  async function called(): Promise<{ call: Promise<Term>; reference: Reference; args: Term[]; control: Term[] }> {
    const call = node.rpc(their.name, 'calc', 'f', [1], { timeout: 10_000 });
    call.catch(() => undefined);
    for (;;) {
      const { control, payload } = await their.heardOf(29);
      const args = payload as Term[];
      if (args[1] !== atom('erlang')) return { call, reference: control[1] as Reference, args, control };
      their.say(tuple(31, control[1] as Term, control[2] as Term, 2, their.pid(50)));
      const user = tuple(args[0] as Term, atom('return'), their.pid(60));
      their.say(tuple(28, their.pid(50), control[2] as Term, control[1] as Term), user);
    }
  }

  test('is asked for with a monitor, on behalf of a process, with the group leader of the peer', async () => {
    await join();
    const { args, control, call, reference } = await called();
    const [, , from, leader, mfa, options] = control;
    expect([format(mfa), format(options), leader]).toEqual(['{erpc,execute_call,4}', '[monitor]', their.pid(60)]);
    expect((from as Pid).node).toBe(atom(node.name));
    expect(format(args.slice(1))).toBe('[calc,f,[1]]');
    expect(args[0]).not.toEqual(reference);
    their.say(tuple(31, reference, from as Pid, 2, their.pid(51)));
    their.say(tuple(28, their.pid(51), from as Pid, reference), tuple(args[0] as Term, atom('return'), 'done'));
    expect(await call).toEqual(Buffer.from('done'));
  });

  test.each([
    { answer: atom('system_limit'), facts: "{'EXIT',system_limit}" },
    { answer: atom('badopt'), facts: "{'EXIT',badopt}" },
    { answer: atom('notsup'), facts: 'notsup' },
  ])('that is the error $answer rejects with badrpc', async ({ answer, facts }) => {
    await join();
    const { call, reference, control } = await called();
    their.say(tuple(31, reference, control[2] as Term, 0, answer));
    const error = (await failure(call)) as HiddenNodeError;
    expect([error.code, format(error.facts.reason)]).toEqual(['badrpc', facts]);
  });

  test('that is noconnection rejects with that', async () => {
    await join();
    const { call, reference, control } = await called();
    their.say(tuple(31, reference, control[2] as Term, 0, atom('noconnection')));
    expect(await failure(call)).toMatchObject({ code: 'noconnection' });
  });

  test.each([
    { what: 'another reason', reason: () => atom('oops'), facts: "{'EXIT',oops}" },
    {
      what: 'another reference',
      reason: () => tuple(their.reference(9), atom('return'), 1),
      facts: /^\{'EXIT',\{#Ref/,
    },
    { what: 'too little', reason: (r: Term) => tuple(r, atom('return')), facts: /^\{'EXIT',\{#Ref<.*>,return\}\}$/ },
    { what: 'too much', reason: (r: Term) => tuple(r, atom('return'), 1, 2), facts: /^\{'EXIT',\{#Ref/ },
    {
      what: 'an unknown kind',
      reason: (r: Term) => tuple(r, atom('gift'), 1),
      facts: /^\{'EXIT',\{#Ref<.*>,gift,1\}\}$/,
    },
    {
      what: 'an error of erpc',
      reason: (r: Term) => tuple(r, atom('error'), tuple(atom('erpc'), atom('system_limit'))),
      facts: "{'EXIT',system_limit}",
    },
  ])('and an end with $what rejects with badrpc', async ({ reason, facts }) => {
    await join();
    const { call, reference, args, control } = await called();
    their.say(tuple(31, reference, control[2] as Term, 2, their.pid(51)));
    their.say(tuple(28, their.pid(51), control[2] as Term, reference), reason(args[0] as Term));
    const error = (await failure(call)) as HiddenNodeError;
    expect(error.code).toBe('badrpc');
    if (typeof facts === 'string') expect(format(error.facts.reason)).toBe(facts);
    else expect(format(error.facts.reason)).toMatch(facts);
  });

  test('that nobody waits for is dropped; a process that was made for it is let go', async () => {
    await join();
    const inbox = node.mailbox('inbox');
    their.say(tuple(31, their.reference(), inbox.pid, 3, their.pid(51)));
    const first = await their.heard();
    expect(first.control).toEqual([20, inbox.pid, their.pid(51), their.reference()]);
    const second = await their.heard();
    expect([second.operation, second.control.slice(1), second.payload]).toEqual([
      24,
      [inbox.pid, their.pid(51)],
      atom('abandoned'),
    ]);
    their.say(tuple(31, their.reference(), inbox.pid, 0, atom('system_limit')));
    their.say(tuple(31, their.reference(), their.pid(), 3, their.pid(51)));
    their.say(tuple(32, their.reference(), inbox.pid, 0, atom('badopt'), tuple()));
    their.say(tuple(6, their.pid(), atom(''), atom('inbox')), 'still here');
    expect(await inbox.receive({ timeout: 5_000 })).toEqual(Buffer.from('still here'));
  });

  test('is not asked of a peer that announces no spawn requests', async () => {
    await join(USUAL_FLAGS & ~SPAWN);
    const refused = (await failure(node.rpc(their.name, 'calc', 'f', [], { via: 'spawn' }))) as HiddenNodeError;
    expect([refused.code, refused.facts.reason]).toEqual(['badrpc', atom('notsup')]);
    const call = failure(node.rpc(their.name, 'calc', 'f', []));
    const { payload } = await their.heardOf(6);
    expect(format(payload)).toMatch(/^\{'\$gen_call',\{<.*>,\[alias\|#Ref<.*>\]\},\{call,calc,f,\[\],user\}\}$/);
    await node.stop();
    expect(await call).toMatchObject({ code: 'node_stopped' });
  });
});
