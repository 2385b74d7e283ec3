/** Monitors of processes and nodes, and aliases, between mailboxes and a real Erlang node, from either side. */
import { beforeEach, describe, expect, test } from 'vitest';
import {
  ANY,
  atom,
  format,
  type HiddenNode,
  type Mailbox,
  Pid,
  type Reference,
  registered,
  type Term,
  type Tuple,
  tuple,
} from '../../lib/index.ts';
import { uniqueName, useCluster } from '../helpers/cluster.ts';
import { meet, type Puppet } from '../helpers/puppet.ts';

const { cluster, beam } = useCluster();
const DOWN = atom('DOWN');

let node: HiddenNode;
let inbox: Mailbox;
let puppet: Puppet;
let ours: string;

beforeEach(async () => {
  ({ node, inbox, puppet, ours } = await meet(cluster, beam));
});

/** The object and the reason of the message that a monitor brings. */
async function down(reference: Reference, mailbox = inbox): Promise<[object: Term, reason: string]> {
  const message = await mailbox.receive({ match: tuple(DOWN, reference, ANY, ANY, ANY), timeout: 5_000 });
  const [, , kind, object, reason] = (message as Tuple<Term[]>).elements;
  expect(kind).toBe(atom('process'));
  return [object as Term, format(reason as Term)];
}

async function settled(): Promise<void> {
  await beam.erlang.evaluate(`{inbox, '${node.name}'} ! settled, ok`);
  await inbox.receive({ match: atom('settled'), timeout: 5_000 });
}

describe.each(['a pid', 'a registered name'])('a mailbox that monitors %s of an Erlang node', (kind) => {
  const target = () => (kind === 'a pid' ? puppet.pid : registered(puppet.name, beam.name));
  const object = () => (kind === 'a pid' ? puppet.pid : tuple(atom(puppet.name), atom(beam.name)));

  test('is seen there as the one who monitors', async () => {
    inbox.monitor(target());
    await beam.erlang.evaluateUntil(
      `element(2, process_info(whereis(${puppet.name}), monitored_by)) =:= [${ours}]`,
      'true',
    );
  });

  test.each(['normal', 'shutdown', '{badmatch, [1.5, <<"x">>]}'])('hears the true reason: %s', async (reason) => {
    const reference = inbox.monitor(target());
    await beam.erlang.evaluateUntil(`element(2, process_info(whereis(${puppet.name}), monitored_by)) =/= []`, 'true');
    await puppet.doAndEnd(`exit(${reason})`);
    const [seen, why] = await down(reference);
    expect(seen).toEqual(object());
    expect(why).toBe(reason.replaceAll(', ', ','));
  });

  test('hears noproc when it is not there', async () => {
    const reference = inbox.monitor(target());
    await puppet.kill();
    await down(reference);
    expect((await down(inbox.monitor(target())))[1]).toBe('noproc');
  });

  test('hears noconnection when the link is lost, once', async () => {
    const reference = inbox.monitor(target());
    await node.ping(beam.name);
    await node.disconnect(beam.name);
    expect((await down(reference))[1]).toBe('noconnection');
    await settled();
    expect(inbox.size).toBe(0);
  });

  test('opens a connection', async () => {
    await node.disconnect(beam.name);
    const reference = inbox.monitor(target());
    await beam.erlang.evaluateUntil(`element(2, process_info(whereis(${puppet.name}), monitored_by)) =/= []`, 'true');
    await puppet.kill();
    expect((await down(reference))[1]).toBe('killed');
  });

  test('hears nothing after demonitor', async () => {
    const reference = inbox.monitor(target());
    expect(inbox.demonitor(reference)).toBe(true);
    expect(inbox.demonitor(reference)).toBe(false);
    await beam.erlang.evaluateUntil(`process_info(whereis(${puppet.name}), monitored_by)`, '{monitored_by,[]}');
    await puppet.kill();
    await settled();
    expect(inbox.size).toBe(0);
  });

  test('can flush what a monitor has brought already, and only that', async () => {
    const [first, second] = [inbox.monitor(target()), inbox.monitor(target())];
    await node.ping(beam.name);
    await puppet.kill();
    inbox.send(inbox.pid, atom('other'));
    await settled();
    expect(inbox.size).toBe(3);
    expect(inbox.demonitor(first)).toBe(false);
    expect(inbox.size).toBe(3);
    expect(inbox.demonitor(first, { flush: true })).toBe(false);
    expect(inbox.size).toBe(2);
    await down(second);
  });

  test('may monitor more than once: each brings a message', async () => {
    const references = [inbox.monitor(target()), inbox.monitor(target()), inbox.monitor(target())];
    await puppet.kill();
    for (const reference of references) await down(reference);
    expect(inbox.size).toBe(0);
  });

  test('is forgotten there when it ends', async () => {
    inbox.monitor(target());
    await beam.erlang.evaluateUntil(`element(2, process_info(whereis(${puppet.name}), monitored_by)) =/= []`, 'true');
    inbox.close();
    await beam.erlang.evaluateUntil(`process_info(whereis(${puppet.name}), monitored_by)`, '{monitored_by,[]}');
  });
});

describe('a mailbox that monitors', () => {
  test('a process of a node that cannot be reached hears noconnection', async () => {
    const nobody = uniqueName('nobody');
    expect(await down(inbox.monitor(new Pid(atom(nobody), 1, 0, 5)))).toEqual([expect.any(Pid), 'noconnection']);
    expect((await down(inbox.monitor(registered('x', nobody))))[1]).toBe('noconnection');
  });

  test('another mailbox of its node hears the reason, or noproc', async () => {
    const other = node.mailbox('other');
    const [byPid, byName] = [inbox.monitor(other.pid), inbox.monitor(registered('other', node.name))];
    await Promise.resolve();
    other.close(tuple(atom('moved'), 1));
    expect(await down(byPid)).toEqual([other.pid, '{moved,1}']);
    expect(await down(byName)).toEqual([tuple(atom('other'), atom(node.name)), '{moved,1}']);
    expect((await down(inbox.monitor(other.pid)))[1]).toBe('noproc');
    expect((await down(inbox.monitor(registered('other', node.name))))[1]).toBe('noproc');
  });

  test('a pid of an earlier incarnation of its node hears noproc', async () => {
    const { id, serial, creation } = inbox.pid;
    const earlier = new Pid(atom(node.name), id, serial, creation - 1);
    expect((await down(inbox.monitor(earlier)))[1]).toBe('noproc');
  });
});

describe('an Erlang process that monitors a mailbox', () => {
  test.each(['pid', 'name'])('by its %s hears the reason with which it is closed', async (kind) => {
    await puppet.do(kind === 'pid' ? `monitor(process, ${ours})` : `monitor(process, {inbox, '${node.name}'})`);
    await settled();
    inbox.close(tuple(atom('gone'), Buffer.alloc(100_000)));
    expect(await puppet.next()).toMatch(/^\{'DOWN',#Ref<.*>,process,.*,\{gone,<<0,0,.*>>\}\}$/);
  });

  test('hears with which reason an exit signal ended it', async () => {
    await puppet.do(`monitor(process, ${ours})`);
    await puppet.do(`exit(${ours}, kill)`);
    expect(await puppet.next()).toMatch(/^\{'DOWN',#Ref<.*>,process,<.*>,killed\}$/);
  });

  test('hears shutdown when the node stops', async () => {
    await puppet.do(`monitor(process, ${ours})`);
    await settled();
    await node.stop();
    expect(await puppet.next()).toMatch(/^\{'DOWN',#Ref<.*>,process,<.*>,shutdown\}$/);
  });
});

describe('monitors of nodes', () => {
  const nodedown = () => tuple(atom('nodedown'), atom(beam.name));

  test('bring a message for each call when the link is lost', async () => {
    inbox.monitorNode(beam.name);
    inbox.monitorNode(beam.name);
    inbox.monitorNode(beam.name);
    expect(inbox.demonitorNode(beam.name)).toBe(true);
    await node.disconnect(beam.name);
    for (let i = 0; i < 2; i++) expect(await inbox.receive({ timeout: 5_000 })).toEqual(nodedown());
    await settled();
    expect(inbox.size).toBe(0);
    expect(inbox.demonitorNode(beam.name)).toBe(false);
  });

  test('open a connection, and tell when that does not come about', async () => {
    await node.disconnect(beam.name);
    inbox.monitorNode(beam.name);
    await beam.erlang.evaluateUntil(`lists:member('${node.name}', nodes(hidden))`, 'true');
    const nobody = uniqueName('nobody');
    inbox.monitorNode(nobody);
    expect(await inbox.receive({ timeout: 5_000 })).toEqual(tuple(atom('nodedown'), atom(nobody)));
    await beam.erlang.evaluate(`erlang:disconnect_node('${node.name}')`);
    expect(await inbox.receive({ timeout: 5_000 })).toEqual(nodedown());
  });

  test('from Erlang hear of this node', async () => {
    await puppet.do(`erlang:monitor_node('${node.name}', true)`);
    await node.stop();
    expect(await puppet.next()).toBe(`{nodedown,'${node.name}'}`);
  });
});

describe('aliases', () => {
  test('of a mailbox take messages from Erlang until they are taken back', async () => {
    const alias = inbox.alias();
    const key = await puppet.tell(node, 'alias', alias);
    await puppet.do(`[${key} ! N || N <- [1, 2]]`);
    await settled();
    expect(await inbox.receive({ timeout: 0 })).toBe(1);
    expect(inbox.unalias(alias)).toBe(true);
    expect(inbox.unalias(alias)).toBe(false);
    await puppet.do(`${key} ! 3`);
    await settled();
    expect(inbox.size).toBe(1);
  });

  test('for one reply are dropped after use', async () => {
    const key = await puppet.tell(node, 'alias', inbox.alias({ reply: true }));
    await puppet.do(`[${key} ! N || N <- [1, 2, 3]]`);
    await settled();
    expect(await inbox.receive({ timeout: 0 })).toBe(1);
    expect(inbox.size).toBe(0);
  });

  test('are reply addresses of a gen_server call made by hand', async () => {
    const alias = inbox.monitor(registered('net_kernel', beam.name), { alias: 'reply_demonitor' });
    const request = tuple(atom('is_auth'), atom(node.name));
    inbox.send(registered('net_kernel', beam.name), tuple(atom('$gen_call'), tuple(inbox.pid, alias), request));
    expect(await inbox.receive({ timeout: 5_000 })).toEqual(tuple(alias, atom('yes')));
    expect(inbox.demonitor(alias)).toBe(true);
  });

  test('that are monitors too end with the first message', async () => {
    const alias = inbox.monitor(puppet.pid, { alias: 'reply_demonitor' });
    const key = await puppet.tell(node, 'alias', alias);
    await puppet.do(`[${key} ! N || N <- [1, 2]]`);
    await settled();
    await puppet.kill();
    await settled();
    expect(inbox.size).toBe(1);
    expect(inbox.demonitor(alias)).toBe(false);
  });

  test('that are monitors too end with DOWN, or stay until unalias', async () => {
    const [demonitor, explicit] = [
      inbox.monitor(puppet.pid, { alias: 'demonitor' }),
      inbox.monitor(puppet.pid, { alias: 'explicit_unalias' }),
    ];
    await puppet.kill();
    await down(demonitor);
    await down(explicit);
    inbox.send(demonitor, 1);
    inbox.send(explicit, 2);
    await settled();
    expect(inbox.size).toBe(1);
    expect(inbox.unalias(explicit)).toBe(true);
  });

  test('end with their mailbox', async () => {
    const other = node.mailbox();
    const key = await puppet.tell(node, 'alias', other.alias());
    other.close();
    await puppet.do(`${key} ! lost`);
    await settled();
    expect(inbox.size).toBe(0);
  });

  test('of an Erlang process are destinations, until it takes them back', async () => {
    await puppet.do(`{inbox, '${node.name}'} ! begin put(alias, alias()), get(alias) end`);
    const alias = (await inbox.receive({ timeout: 5_000 })) as Reference;
    inbox.send(alias, tuple(atom('hello'), 1));
    expect(await puppet.next()).toBe('{hello,1}');
    await puppet.do('unalias(get(alias))');
    inbox.send(alias, atom('dropped'));
    inbox.send(puppet.pid, atom('kept'));
    expect(await puppet.next()).toBe('kept');
  });
});

describe('bad input', () => {
  test.each([
    ['monitor', () => inbox.monitor('x' as never)],
    ['demonitor', () => inbox.demonitor(1 as never)],
    ['unalias', () => inbox.unalias({} as never)],
  ])('%s', (_, act) => {
    expect(act).toThrow(expect.objectContaining({ code: 'invalid_argument' }));
  });

  test('a node name that is none, or of the other kind', () => {
    expect(() => inbox.monitorNode('nowhere')).toThrow(expect.objectContaining({ code: 'invalid_node_name' }));
    expect(() => inbox.monitorNode('a@short')).toThrow(expect.objectContaining({ code: 'name_domain_mismatch' }));
    expect(() => inbox.monitor(registered('x', 'a@short'))).toThrow(
      expect.objectContaining({ code: 'name_domain_mismatch' }),
    );
  });
});
