/** Messages between mailboxes and processes of each release of Erlang/OTP. */
import { beforeEach, expect, test } from 'vitest';
import {
  atom,
  type EncodableTerm,
  type HiddenNode,
  type Mailbox,
  Reference,
  registered,
  tuple,
} from '../../lib/index.ts';
import { useCluster } from '../helpers/cluster.ts';
import { meet, type Puppet } from '../helpers/puppet.ts';
import { describeReleases } from '../helpers/releases.ts';

const LARGE = 5_000_000;

/** The first release with process aliases. */
const ALIASES = 24;

/** The first release with priority messages and with exit signals to aliases. */
const PRIORITY = 28;

describeReleases('messages', ({ otp, options }) => {
  const { cluster, beam } = useCluster(undefined, options);
  let node: HiddenNode;
  let inbox: Mailbox;
  let puppet: Puppet;
  let ours: string;

  beforeEach(async () => {
    ({ node, inbox, puppet, ours } = await meet(cluster, beam));
  });

  test('to a registered name and to a pid there', async () => {
    inbox.send(registered(puppet.name, beam.name), tuple(atom('name'), inbox.pid));
    expect(await puppet.next()).toMatch(/^\{name,<.*>\}$/);
    inbox.send(puppet.pid, tuple(atom('pid'), 1, 'two', [3.5]));
    expect(await puppet.next()).toBe('{pid,1,<<"two">>,[3.5]}');
  });

  test('from there to a registered name and to a pid, in the order in which they were sent', async () => {
    await puppet.do(`[begin {inbox, '${node.name}'} ! {name, N}, ${ours} ! {pid, N} end || N <- lists:seq(1, 200)]`);
    for (let n = 1; n <= 200; n++) {
      expect(await inbox.receive({ timeout: 5_000 })).toEqual(tuple(atom('name'), n));
      expect(await inbox.receive({ timeout: 5_000 })).toEqual(tuple(atom('pid'), n));
    }
  });

  test('to nobody: dropped, and the link lives', async () => {
    inbox.send(registered('nobody', beam.name), 1);
    await puppet.do(`{nobody, '${node.name}'} ! 1`);
    await puppet.do(`${ours} ! still_here`);
    expect(await inbox.receive({ timeout: 5_000 })).toBe(atom('still_here'));
    expect(node.nodes()).toEqual([beam.name]);
  });

  test('of megabytes, which Erlang cuts into fragments where it may', async () => {
    const bytes = Buffer.alloc(LARGE, 'abcdefghij');
    inbox.send(puppet.pid, bytes);
    expect(await puppet.do('receive B when is_binary(B) -> {byte_size(B), erlang:crc32(B)} end')).toMatch(
      /^\{5000000,/,
    );
    await puppet.do(`${ours} ! binary:copy(<<"abcdefghij">>, ${LARGE / 10})`);
    expect(bytes.equals((await inbox.receive({ timeout: 10_000 })) as Buffer)).toBe(true);
  });

  test('with a trace token', async () => {
    await puppet.do(`begin seq_trace:set_token(label, 17), ${ours} ! marked, seq_trace:set_token([]) end`);
    expect(await inbox.receive({ timeout: 5_000 })).toBe(atom('marked'));
  });

  test('from thousands of mailboxes, whose pids go beyond the numbers of old pids', { timeout: 60_000 }, async () => {
    for (let n = 0; n < 40_000; n++) node.mailbox().close();
    const late = node.mailbox();
    late.send(puppet.pid, late.pid);
    await puppet.do('receive P when is_pid(P) -> P ! back end');
    expect(await late.receive({ timeout: 5_000 })).toBe(atom('back'));
  });

  if (otp < ALIASES) return;

  test('to an alias there, until it is dropped', async () => {
    await puppet.do(`put(alias, alias()), ${ours} ! get(alias)`);
    const alias = await inbox.receive({ timeout: 5_000 });
    expect(alias).toBeInstanceOf(Reference);
    inbox.send(alias as Reference, tuple(atom('to_alias'), 1));
    expect(await puppet.next()).toBe('{to_alias,1}');
    await puppet.do('unalias(get(alias))');
    inbox.send(alias as Reference, tuple(atom('to_alias'), 2));
    inbox.send(puppet.pid, atom('last'));
    expect(await puppet.next()).toBe('last');
  });

  test('from there to an alias of ours, until it is dropped', async () => {
    const alias = inbox.alias();
    const name = await puppet.tell(node, 'our_alias', alias);
    await puppet.do(`${name} ! to_alias`);
    expect(await inbox.receive({ timeout: 5_000 })).toBe(atom('to_alias'));
    inbox.unalias(alias);
    await puppet.do(`begin ${name} ! too_late, ${ours} ! last end`);
    expect(await inbox.receive({ timeout: 5_000 })).toBe(atom('last'));
  });

  if (otp < PRIORITY) return;

  test('with priority to a pid, a name and an alias', async () => {
    const alias = await puppet.tell(node, 'our_alias', inbox.alias());
    await puppet.do(`erlang:send(${ours}, to_pid, [priority])`);
    await puppet.do(`erlang:send({inbox, '${node.name}'}, to_name, [priority])`);
    await puppet.do(`erlang:send(${alias}, to_alias, [priority])`);
    for (const message of ['to_pid', 'to_name', 'to_alias']) {
      expect(await inbox.receive({ timeout: 5_000 })).toBe(atom(message));
    }
  });

  test('exit signals with priority, and to an alias', async () => {
    inbox.trapExit = true;
    const alias = await puppet.tell(node, 'our_alias', inbox.alias());
    await puppet.do(`exit(${ours}, {early, 1}, [priority])`);
    await puppet.do(`exit(${alias}, by_alias)`);
    const exit = (reason: EncodableTerm) => tuple(atom('EXIT'), puppet.pid, reason);
    expect(await inbox.receive({ timeout: 5_000 })).toEqual(exit(tuple(atom('early'), 1)));
    expect(await inbox.receive({ timeout: 5_000 })).toEqual(exit(atom('by_alias')));
  });
});
