/** Monitors between mailboxes and processes of each release of Erlang/OTP. */
import { beforeEach, expect, test } from 'vitest';
import {
  ANY,
  atom,
  format,
  type HiddenNode,
  type Mailbox,
  type Pid,
  type Registered,
  registered,
  type Term,
  type Tuple,
  tuple,
} from '../../lib/index.ts';
import { useCluster } from '../helpers/cluster.ts';
import { meet, type Puppet } from '../helpers/puppet.ts';
import { describeReleases } from '../helpers/releases.ts';

const DOWN = tuple(atom('DOWN'), ANY, ANY, ANY, ANY);

describeReleases('monitors', ({ options }) => {
  const { cluster, beam } = useCluster(undefined, options);
  let node: HiddenNode;
  let inbox: Mailbox;
  let puppet: Puppet;
  let ours: string;

  beforeEach(async () => {
    ({ node, inbox, puppet, ours } = await meet(cluster, beam));
  });

  /** Lets the puppet monitor, and waits until the node has heard of it: its answer comes behind the request. */
  async function monitored(target: string): Promise<void> {
    await puppet.do(`put(monitor, monitor(process, ${target}))`);
    await puppet.do(`net_adm:ping('${node.name}')`);
  }

  /** What the puppet's message DOWN says. */
  function down(): Promise<string> {
    return puppet.do(
      `begin M = get(monitor), receive {'DOWN', M, process, Object, Reason} -> {Object, Reason} end end`,
    );
  }

  /** What the inbox's message DOWN says, up to the object. */
  async function downHere(): Promise<string> {
    return format(await inbox.receive({ match: DOWN, timeout: 5_000 })).replace(/^.*,/, '');
  }

  test('of a pid here: DOWN with normal when the mailbox closes', async () => {
    await monitored(ours);
    inbox.close();
    expect(await down()).toMatch(/,normal\}$/);
  });

  test('of a name here: DOWN with the reason that the mailbox closes with', async () => {
    await monitored(`{inbox, '${node.name}'}`);
    inbox.close(tuple(atom('tired'), 1));
    expect(await down()).toBe(`{{inbox,'${node.name}'},{tired,1}}`);
  });

  test('of nobody here: DOWN with noproc', async () => {
    await monitored(`{nobody, '${node.name}'}`);
    expect(await down()).toBe(`{{nobody,'${node.name}'},noproc}`);
    inbox.close();
    await monitored(ours);
    expect(await down()).toMatch(/,noproc\}$/);
  });

  test('of a mailbox whose node stops: DOWN with noconnection', async () => {
    await monitored(ours);
    await node.disconnect(beam.name);
    expect(await down()).toMatch(/,noconnection\}$/);
  });

  test('taken back there: no DOWN', async () => {
    await monitored(ours);
    await puppet.do('demonitor(get(monitor))');
    await puppet.do(`net_adm:ping('${node.name}')`);
    inbox.close();
    const last = node.mailbox();
    last.send(puppet.pid, atom('last'));
    expect(await puppet.next()).toBe('last');
  });

  /** Monitors from here, and waits until that is known there. */
  async function monitor(target: Pid | Registered): Promise<void> {
    inbox.monitor(target);
    await beam.erlang.evaluateUntil(`element(2, process_info(whereis(${puppet.name}), monitored_by)) =/= []`, 'true');
  }

  test('from here: DOWN with the reason of the process', async () => {
    await monitor(puppet.pid);
    await puppet.doAndEnd('exit({done, 1})');
    const { elements } = (await inbox.receive({ match: DOWN, timeout: 5_000 })) as Tuple<Term[]>;
    expect(elements[4]).toEqual(tuple(atom('done'), 1));
  });

  test('from here, of a name and of nobody', async () => {
    await monitor(registered(puppet.name, beam.name));
    await puppet.kill();
    expect(await downHere()).toBe('killed}');
    inbox.monitor(registered('nobody', beam.name));
    expect(await downHere()).toBe('noproc}');
  });

  test('from here: DOWN with noconnection when the link is lost', async () => {
    inbox.monitor(puppet.pid);
    await node.disconnect(beam.name);
    expect(await downHere()).toBe('noconnection}');
  });
});
