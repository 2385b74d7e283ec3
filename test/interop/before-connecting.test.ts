/** What is said to a node before there is a link to it, when it is not known yet what its release understands. */
import { expect, test } from 'vitest';
import { atom, type HiddenNode, type Mailbox, type Reference } from '../../lib/index.ts';
import { useCluster } from '../helpers/cluster.ts';
import { Puppet } from '../helpers/puppet.ts';
import { describeReleases } from '../helpers/releases.ts';

describeReleases('before there is a link', ({ options, otp }) => {
  const { cluster, beam } = useCluster(undefined, options);

  interface Parts {
    node: HiddenNode;
    inbox: Mailbox;
    puppet: Puppet;
    downs: unknown[];
  }

  async function disconnected(prepare: (parts: Parts) => Promise<void> = async () => undefined): Promise<Parts> {
    const node = await cluster.node();
    const inbox = node.mailbox('inbox', { trapExit: true });
    const puppet = await Puppet.start(beam, node);
    await puppet.tell(node, 'ours', inbox.pid);
    await puppet.do('process_flag(trap_exit, true)');
    const parts: Parts = { node, inbox, puppet, downs: [] };
    await prepare(parts);
    await node.disconnect(beam.name);
    node.on('nodedown', (name) => parts.downs.push(name));
    return parts;
  }

  /** The last message comes, nothing before it, and the link that brought it is the first. */
  async function expectOnlyLast({ inbox, puppet, downs }: Parts): Promise<void> {
    inbox.send(puppet.pid, atom('last'));
    expect(await puppet.next()).toBe('last');
    expect(downs).toEqual([]);
  }

  test('a link that is taken back is none', async () => {
    const parts = await disconnected();
    const { inbox, puppet } = parts;
    inbox.link(puppet.pid);
    inbox.unlink(puppet.pid);
    await expectOnlyLast(parts);
    await beam.erlang.evaluateUntil(`process_info(whereis(${puppet.name}), links)`, '{links,[]}');
    inbox.close(atom('unheard'));
    await parts.node.ping(beam.name);
    expect(await puppet.waiting()).toBe(0);
  });

  test('a link that is taken back by a mailbox that ends at once is none', async () => {
    const parts = await disconnected();
    const other = parts.node.mailbox();
    other.link(parts.puppet.pid);
    other.unlink(parts.puppet.pid);
    other.close(atom('unheard'));
    await expectOnlyLast(parts);
    await beam.erlang.evaluateUntil(`process_info(whereis(${parts.puppet.name}), links)`, '{links,[]}');
  });

  test('a link that is taken back and made again is one', async () => {
    const parts = await disconnected();
    const { inbox, puppet } = parts;
    inbox.link(puppet.pid);
    inbox.unlink(puppet.pid);
    inbox.link(puppet.pid);
    await expectOnlyLast(parts);
    inbox.close(atom('heard'));
    expect(await puppet.next()).toMatch(/^\{'EXIT',<.*>,heard\}$/);
  });

  test('an exit signal arrives', async () => {
    const parts = await disconnected();
    parts.inbox.exit(parts.puppet.pid, atom('early'));
    expect(await parts.puppet.next()).toMatch(/^\{'EXIT',<.*>,early\}$/);
    await expectOnlyLast(parts);
  });

  test('a monitor that is taken back is none', async () => {
    const parts = await disconnected();
    parts.inbox.demonitor(parts.inbox.monitor(parts.puppet.pid));
    await expectOnlyLast(parts);
    expect(await parts.puppet.do('process_info(self(), monitored_by)')).toBe('{monitored_by,[]}');
  });

  test.skipIf(otp < 24)('a message to an alias arrives', async () => {
    let alias: Reference | undefined;
    const parts = await disconnected(async ({ inbox, puppet }) => {
      await puppet.do('persistent_term:get(ours) ! alias()');
      alias = await inbox.receive<Reference>({ timeout: 5_000 });
    });
    parts.inbox.send(alias!, atom('early'));
    expect(await parts.puppet.next()).toBe('early');
    await expectOnlyLast(parts);
  });
});
