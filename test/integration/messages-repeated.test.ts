/** Messages that begin like the one before them are read in a shorter way: none of them may go to anybody else. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { encode, format, type HiddenNode, type Mailbox, type Pid } from '../../lib/index.ts';
import { Cluster, type NamedErlang } from '../helpers/cluster.ts';
import { until } from '../helpers/until.ts';

let cluster: Cluster;
let node: HiddenNode;
let beam: NamedErlang;

beforeAll(async () => {
  cluster = await Cluster.start();
  beam = await cluster.beam();
  node = await cluster.node();
  await node.connect(beam.name);
});
afterAll(() => cluster.stop());

/** The pid as the Erlang node writes it in an expression. */
async function bind(variable: string, pid: Pid): Promise<void> {
  const hex = encode(pid).toString('hex');
  await beam.erlang.evaluate(`${variable} = binary_to_term(binary:decode_hex(<<"${hex}">>))`);
}

function gather(mailbox: Mailbox): string[] {
  const got: string[] = [];
  mailbox.onMessage((message) => got.push(format(message)));
  return got;
}

test('processes that send to many by pid and by name, in runs of every length, reach each in order', async () => {
  const names = ['one', 'two', 'three'];
  const mailboxes = names.map((name) => node.mailbox(name));
  const got = mailboxes.map(gather);
  for (const [i, { pid }] of mailboxes.entries()) await bind(`P${i}`, pid);
  // Each of four processes sends runs of 1 to 7 messages to one of six addresses after another.
  await beam.erlang.evaluate(`
    To = [P0, {one, '${node.name}'}, P1, {two, '${node.name}'}, P2, {three, '${node.name}'}],
    [spawn(fun() ->
      [begin
        At = (Run * Sender) rem 6,
        [lists:nth(At + 1, To) ! {Sender, Run, N, At div 2} || N <- lists:seq(1, 1 + Run rem 7)]
      end || Run <- lists:seq(1, 500)]
    end) || Sender <- [1, 2, 3, 5]], ok`);
  const expected = (box: number, sender: number): string[] => {
    const messages: string[] = [];
    for (let run = 1; run <= 500; run++) {
      if (Math.floor(((run * sender) % 6) / 2) !== box) continue;
      for (let n = 1; n <= 1 + (run % 7); n++) messages.push(`{${sender},${run},${n},${box}}`);
    }
    return messages;
  };
  const total = [0, 1, 2].flatMap((box) => [1, 2, 3, 5].flatMap((sender) => expected(box, sender))).length;
  await until('all messages', () => got.reduce((sum, list) => sum + list.length, 0) === total);
  for (const box of [0, 1, 2]) {
    for (const sender of [1, 2, 3, 5]) {
      expect(got[box].filter((message) => message.startsWith(`{${sender},`))).toEqual(expected(box, sender));
    }
  }
  for (const mailbox of mailboxes) mailbox.close();
});

test('a name that changes hands in mid-stream is looked up for each message', async () => {
  await beam.erlang.evaluate(`
    Sender = spawn(fun F() ->
      receive {go, N, From} -> [{hands, '${node.name}'} ! I || I <- lists:seq(1, N)], From ! sent, F() end
    end)`);
  const send = async (count: number): Promise<void> => {
    await beam.erlang.evaluate(`Sender ! {go, ${count}, self()}, receive sent -> ok end`);
    // What was sent before has been read by now.
    await node.ping(beam.name);
  };
  const first = node.mailbox('hands');
  await send(100);
  expect(first.size).toBe(100);
  first.close();
  await send(100);
  const second = node.mailbox('hands');
  await send(7);
  expect(second.size).toBe(7);
  second.close();
});
