/** Links and exit signals between mailboxes and processes of a real Erlang node, made and broken from either side. */
import { beforeEach, describe, expect, test } from 'vitest';
import {
  ANY,
  atom,
  format,
  type HiddenNode,
  HiddenNodeError,
  type Mailbox,
  Pid,
  type Term,
  type Tuple,
  tuple,
} from '../../lib/index.ts';
import { uniqueName, useCluster } from '../helpers/cluster.ts';
import { meet, type Puppet } from '../helpers/puppet.ts';
import { failure } from '../helpers/until.ts';

const { cluster, beam } = useCluster();
const EXIT = atom('EXIT');

let node: HiddenNode;
let inbox: Mailbox;
let puppet: Puppet;
let ours: string;

beforeEach(async () => {
  ({ node, inbox, puppet, ours } = await meet(cluster, beam));
});

/** The reason in the next exit message, after a look at who it is from. */
async function exitReason(from: Pid = puppet.pid): Promise<string> {
  const message = await inbox.receive({ match: tuple(EXIT, ANY, ANY), timeout: 5_000 });
  const [, pid, reason] = (message as Tuple<Term[]>).elements;
  expect(pid).toEqual(from);
  return format(reason as Term);
}

/** Nothing more is on its way from the Erlang node: its answer comes behind whatever it has sent before. */
async function settled(): Promise<void> {
  await beam.erlang.evaluate(`{inbox, '${node.name}'} ! settled, ok`);
  await inbox.receive({ match: atom('settled'), timeout: 5_000 });
}

/** The reason in the next message DOWN of the Erlang node's shell. */
function downReason(): Promise<string> {
  return beam.erlang.evaluate(
    "(fun() -> receive {'DOWN', _, process, _, Reason} -> Reason after 10000 -> silence end end)()",
  );
}

/** Links the mailbox to the process, and waits until that is known there. */
async function linked(): Promise<void> {
  inbox.link(puppet.pid);
  await beam.erlang.evaluateUntil(`element(2, process_info(whereis(${puppet.name}), links)) =:= [${ours}]`, 'true');
}

async function links(): Promise<string> {
  return puppet.do('element(2, process_info(self(), links))');
}

describe('a mailbox that links to an Erlang process', () => {
  test('is seen there as linked', async () => {
    await linked();
  });

  test('ends with the reason of the process', async () => {
    await linked();
    const waiting = failure(inbox.receive());
    await puppet.doAndEnd('exit({out_of, <<"coffee">>})');
    const error = (await waiting) as HiddenNodeError;
    expect(error).toBeInstanceOf(HiddenNodeError);
    expect(error.code).toBe('exited');
    expect(format(error.facts.reason as Term)).toBe('{out_of,<<"coffee">>}');
    expect(error.facts.from).toEqual(puppet.pid);
    expect(inbox.closed).toBe(true);
    expect(await inbox.ended).toBe(error);
    expect(node.mailbox('inbox').name).toBe('inbox');
  });

  test('goes on when the process ends normally', async () => {
    await linked();
    await puppet.doAndEnd('exit(normal)');
    await settled();
    expect(inbox.closed).toBe(false);
  });

  test.each([
    ['normal', 'normal'],
    ['shutdown', 'shutdown'],
    ['kill', 'kill'],
    ['{big, binary:copy(<<"x">>, 1000000)}', /^\{big,<<"x{1000000}">>\}$/],
  ])('gets a message when it traps exits: %s', async (reason, printed) => {
    inbox.trapExit = true;
    await linked();
    await puppet.doAndEnd(`exit(${reason})`);
    expect(await exitReason()).toMatch(printed);
    expect(inbox.closed).toBe(false);
  });

  test('hears of killed when the process is killed', async () => {
    inbox.trapExit = true;
    await linked();
    await puppet.kill();
    expect(await exitReason()).toBe('killed');
  });

  test('ends the process when it ends for a reason of its own', async () => {
    inbox.link(puppet.pid);
    await beam.erlang.evaluate(`monitor(process, ${puppet.name}), ok`);
    inbox.close(tuple(atom('broken'), [1, 2.5]));
    expect(await downReason()).toBe('{broken,[1,2.5]}');
  });

  test('does not end the process when it is closed normally; one that traps exits is told', async () => {
    await puppet.do('process_flag(trap_exit, true)');
    inbox.link(puppet.pid);
    inbox.close();
    expect(await puppet.next()).toMatch(/^\{'EXIT',<.*>,normal\}$/);
  });

  test('hears noproc when there is no such process', async () => {
    inbox.trapExit = true;
    await puppet.kill();
    inbox.link(puppet.pid);
    expect(await exitReason()).toBe('noproc');
  });

  test('hears noconnection when the node cannot be reached', async () => {
    inbox.trapExit = true;
    const nobody = new Pid(atom(uniqueName('nobody')), 100, 0, 5);
    inbox.link(nobody);
    expect(await exitReason(nobody)).toBe('noconnection');
  });

  test('hears noconnection when the link between the nodes is lost', async () => {
    inbox.trapExit = true;
    inbox.link(puppet.pid);
    await node.disconnect(beam.name);
    expect(await exitReason()).toBe('noconnection');
  });

  test('opens a connection', async () => {
    inbox.trapExit = true;
    await node.disconnect(beam.name);
    await linked();
    await puppet.doAndEnd('exit(later)');
    expect(await exitReason()).toBe('later');
  });

  test('links only once, and one unlink is enough', async () => {
    inbox.trapExit = true;
    for (let i = 0; i < 3; i++) inbox.link(puppet.pid);
    inbox.unlink(puppet.pid);
    await puppet.doAndEnd('exit(unheard)');
    await settled();
    expect(inbox.size).toBe(0);
  });

  test('hears nothing after unlink, however often both follow each other', async () => {
    for (let i = 0; i < 500; i++) {
      inbox.link(puppet.pid);
      inbox.unlink(puppet.pid);
    }
    await settled();
    await beam.erlang.evaluateUntil(`process_info(whereis(${puppet.name}), links)`, '{links,[]}');
    await puppet.doAndEnd('exit(unheard)');
    await settled();
    expect(inbox.closed).toBe(false);
  });
});

describe('an Erlang process that links to a mailbox', () => {
  test('ends it with its own reason', async () => {
    await puppet.do(`link(${ours})`);
    await puppet.doAndEnd('exit(boom)');
    const error = await inbox.ended;
    expect(error.code).toBe('exited');
    expect(error.facts.reason).toBe(atom('boom'));
  });

  test('is told when the mailbox ends', async () => {
    await puppet.do('process_flag(trap_exit, true)');
    await puppet.do(`link(${ours})`);
    await settled();
    inbox.close(tuple(atom('moved'), 7));
    expect(await puppet.next()).toMatch(/^\{'EXIT',<.*>,\{moved,7\}\}$/);
  });

  test('is told shutdown when the node stops', async () => {
    await puppet.do('process_flag(trap_exit, true)');
    await puppet.do(`link(${ours})`);
    await settled();
    await node.stop();
    expect(await puppet.next()).toMatch(/^\{'EXIT',<.*>,shutdown\}$/);
  });

  test('hears noproc for a mailbox that has ended', async () => {
    await puppet.do('process_flag(trap_exit, true)');
    inbox.close();
    await puppet.do(`link(${ours})`);
    expect(await puppet.next()).toMatch(/^\{'EXIT',<.*>,noproc\}$/);
  });

  test('can unlink: neither hears of the other any more', async () => {
    await puppet.do('process_flag(trap_exit, true)');
    await puppet.do(`link(${ours})`);
    await puppet.do(`unlink(${ours})`);
    expect(await links()).toBe('[]');
    inbox.close(atom('unheard'));
    await node.ping(beam.name);
    expect(await puppet.waiting()).toBe(0);
  });

  test('can be unlinked by the mailbox', async () => {
    await puppet.do('process_flag(trap_exit, true)');
    await puppet.do(`link(${ours})`);
    await settled();
    inbox.unlink(puppet.pid);
    await beam.erlang.evaluateUntil(`process_info(whereis(${puppet.name}), links)`, '{links,[]}');
    await puppet.doAndEnd('exit(unheard)');
    await settled();
    expect(inbox.closed).toBe(false);
  });

  test('a mailbox that unlinks while a link is on its way ends up unlinked on both sides, in every order', async () => {
    inbox.trapExit = true;
    for (let i = 0; i < 200; i++) {
      const there = puppet.do(i % 3 === 0 ? `unlink(${ours})` : `link(${ours})`);
      inbox.link(puppet.pid);
      if (i % 2 === 0) inbox.unlink(puppet.pid);
      await there;
    }
    await settled();
    const linkedThere = (await links()) !== '[]';
    await puppet.doAndEnd('exit(agreed)');
    await settled();
    expect(inbox.size).toBe(linkedThere ? 1 : 0);
  });
});

describe('exit signals without a link', () => {
  test('end a process, or reach it as a message when it traps exits', async () => {
    await puppet.do('process_flag(trap_exit, true)');
    inbox.exit(puppet.pid, tuple(atom('please'), 'go'));
    expect(await puppet.next()).toMatch(/^\{'EXIT',<.*>,\{please,<<"go">>\}\}$/);
    await beam.erlang.evaluate(`monitor(process, ${puppet.name}), ok`);
    inbox.exit(puppet.pid, atom('kill'));
    expect(await downReason()).toBe('killed');
  });

  test('from Erlang end a mailbox, unless the reason is normal', async () => {
    await puppet.do(`exit(${ours}, normal)`);
    await settled();
    expect(inbox.closed).toBe(false);
    await puppet.do(`exit(${ours}, {done, for_today})`);
    const { code, facts } = await inbox.ended;
    expect([code, format(facts.reason as Term)]).toEqual(['exited', '{done,for_today}']);
    expect(facts.from).toEqual(puppet.pid);
  });

  test('from Erlang are messages to a mailbox that traps exits; kill ends it all the same', async () => {
    inbox.trapExit = true;
    await puppet.do(`exit(${ours}, normal)`);
    expect(await exitReason()).toBe('normal');
    await puppet.do(`exit(${ours}, {big, binary:copy(<<"x">>, 100000)})`);
    expect(await exitReason()).toHaveLength(100_000 + '{big,<<"">>}'.length);
    await puppet.do('process_flag(trap_exit, true)');
    await puppet.do(`link(${ours})`);
    await puppet.do(`exit(${ours}, kill)`);
    expect((await inbox.ended).facts.reason).toBe(atom('killed'));
    expect(await puppet.next()).toMatch(/^\{'EXIT',<.*>,killed\}$/);
  });

  test('do not end what belongs to the node itself', async () => {
    const kernel = await puppet.do(`gen_server:call({net_kernel, '${node.name}'}, {is_auth, node()})`);
    expect(kernel).toBe('yes');
    await puppet.do(
      `begin {ok, Tag} = {ok, make_ref()}, {net_kernel, '${node.name}'} ! {'$gen_call', {self(), Tag}, {is_auth, node()}},
       receive {Tag, yes} -> ok end end`,
    );
    expect(await node.ping(beam.name)).toBe(true);
    expect(await beam.erlang.evaluate(`net_adm:ping('${node.name}')`)).toBe('pong');
  });
});

describe('mailboxes of one node', () => {
  test('can be linked: a failure takes both down', async () => {
    const other = node.mailbox();
    inbox.link(other.pid);
    inbox.exit(other.pid, atom('crash'));
    expect((await other.ended).facts.reason).toBe(atom('crash'));
    const { facts } = await inbox.ended;
    expect([facts.reason, facts.from]).toEqual([atom('crash'), other.pid]);
  });

  test('hear noproc when the other has ended, and nothing after unlink', async () => {
    inbox.trapExit = true;
    const other = node.mailbox();
    inbox.link(other.pid);
    inbox.unlink(other.pid);
    other.close(atom('unheard'));
    await settled();
    expect(inbox.size).toBe(0);
    inbox.link(other.pid);
    expect(await exitReason(other.pid)).toBe('noproc');
  });

  test('linking to itself does nothing', () => {
    inbox.link(inbox.pid);
    inbox.close(atom('reason'));
    expect(inbox.closed).toBe(true);
  });
});

describe('a loop over a mailbox', () => {
  test('throws when the mailbox is ended by an exit signal, after it has seen every message', async () => {
    await puppet.do(`begin link(${ours}), ${ours} ! one, ${ours} ! two end`);
    const seen: Term[] = [];
    const loop = (async () => {
      for await (const message of inbox) {
        seen.push(message);
        if (seen.length === 2) await puppet.doAndEnd('exit(boom)');
      }
    })();
    const error = (await failure(loop)) as HiddenNodeError;
    expect(error.code).toBe('exited');
    expect(seen).toEqual([atom('one'), atom('two')]);
  });
});

describe('bad input', () => {
  test.each([
    ['link', () => inbox.link('pid' as never)],
    ['unlink', () => inbox.unlink(undefined as never)],
    ['exit', () => inbox.exit({} as never, atom('x'))],
  ])('%s of what is no pid', (_, act) => {
    expect(act).toThrow(expect.objectContaining({ code: 'invalid_argument' }));
  });

  test('a reason that is no term is refused, and the mailbox goes on', () => {
    expect(() => inbox.close(Symbol('x') as never)).toThrow(expect.objectContaining({ code: 'not_a_term' }));
    expect(() => inbox.exit(puppet.pid, (() => 0) as never)).toThrow(expect.objectContaining({ code: 'not_a_term' }));
    expect(inbox.closed).toBe(false);
  });

  test('a mailbox that has ended says so', () => {
    inbox.close();
    for (const act of [() => inbox.link(puppet.pid), () => inbox.exit(puppet.pid, 1), () => inbox.alias()]) {
      expect(act).toThrow(expect.objectContaining({ code: 'mailbox_closed' }));
    }
  });
});
