/** Links and exit signals between mailboxes and processes of each release of Erlang/OTP; OTP 23.2 has the old link protocol. */
import { beforeEach, expect, test } from 'vitest';
import { ANY, atom, format, type HiddenNode, type Mailbox, type Term, type Tuple, tuple } from '../../lib/index.ts';
import { useCluster } from '../helpers/cluster.ts';
import { meet, type Puppet } from '../helpers/puppet.ts';
import { describeReleases } from '../helpers/releases.ts';

const EXIT = tuple(atom('EXIT'), ANY, ANY);

describeReleases('links', ({ options }) => {
  const { cluster, beam } = useCluster(undefined, options);
  let node: HiddenNode;
  let inbox: Mailbox;
  let puppet: Puppet;
  let ours: string;

  beforeEach(async () => {
    ({ node, inbox, puppet, ours } = await meet(cluster, beam, true));
    await puppet.do('process_flag(trap_exit, true)');
  });

  /** The reason in the next exit message here. */
  async function exitHere(): Promise<string> {
    const [, pid, reason] = ((await inbox.receive({ match: EXIT, timeout: 5_000 })) as Tuple<Term[]>).elements;
    expect(pid).toEqual(puppet.pid);
    return format(reason as Term);
  }

  /** The links of the puppet, awaited. */
  function linksThere(expected: string): Promise<void> {
    return beam.erlang.evaluateUntil(
      `element(2, process_info(whereis(${puppet.name}), links)) =:= ${expected}`,
      'true',
    );
  }

  /** The answer comes behind what was sent before, so the node has heard that too. */
  const settled = () => puppet.do(`net_adm:ping('${node.name}')`);

  test('made here: the end of the process is an exit message', async () => {
    inbox.link(puppet.pid);
    await linksThere(`[${ours}]`);
    await puppet.doAndEnd('exit({bye, 1})');
    expect(await exitHere()).toBe('{bye,1}');
  });

  test('made there: the end of the mailbox is an exit message', async () => {
    await puppet.do(`link(${ours})`);
    await settled();
    inbox.close(atom('closed_it'));
    expect(await puppet.next()).toMatch(/^\{'EXIT',<.*>,closed_it\}$/);
  });

  test('taken back here', async () => {
    inbox.link(puppet.pid);
    await linksThere(`[${ours}]`);
    inbox.unlink(puppet.pid);
    await linksThere('[]');
    inbox.close(atom('closed_it'));
    const last = node.mailbox();
    last.send(puppet.pid, atom('last'));
    expect(await puppet.next()).toBe('last');
    expect(node.nodes()).toEqual([beam.name]);
  });

  test('taken back there: the loss of the connection is none of it', async () => {
    await puppet.do(`link(${ours})`);
    await puppet.do(`unlink(${ours})`);
    await settled();
    await node.disconnect(beam.name);
    await puppet.do(`${ours} ! first`);
    expect(await inbox.receive({ timeout: 5_000 })).toBe(atom('first'));
  });

  test('taken back there and made again, more than once', async () => {
    for (let n = 0; n < 3; n++) {
      await puppet.do(`link(${ours})`);
      await puppet.do(`unlink(${ours})`);
    }
    await puppet.do(`link(${ours})`);
    await settled();
    inbox.close(atom('closed_it'));
    expect(await puppet.next()).toMatch(/^\{'EXIT',<.*>,closed_it\}$/);
    expect(node.nodes()).toEqual([beam.name]);
  });

  test('to a process that is gone: noproc', async () => {
    await puppet.kill();
    await beam.erlang.evaluateUntil(`whereis(${puppet.name})`, 'undefined');
    inbox.link(puppet.pid);
    expect(await exitHere()).toBe('noproc');
  });

  test('to a mailbox that is gone: noproc', async () => {
    inbox.close();
    await puppet.do(`link(${ours})`);
    expect(await puppet.next()).toMatch(/^\{'EXIT',<.*>,noproc\}$/);
  });

  test('lost with the connection: noconnection on both sides', async () => {
    inbox.link(puppet.pid);
    await linksThere(`[${ours}]`);
    await node.disconnect(beam.name);
    expect(await exitHere()).toBe('noconnection');
    expect(await puppet.next()).toMatch(/^\{'EXIT',<.*>,noconnection\}$/);
  });

  test('exit signals of both sides', async () => {
    await puppet.do(`exit(${ours}, {stop, now})`);
    expect(await exitHere()).toBe('{stop,now}');
    inbox.exit(puppet.pid, tuple(atom('you'), 2));
    expect(await puppet.next()).toMatch(/^\{'EXIT',<.*>,\{you,2\}\}$/);
    await puppet.do(`exit(${ours}, kill)`);
    await settled();
    expect(inbox.closed).toBe(true);
  });
});
