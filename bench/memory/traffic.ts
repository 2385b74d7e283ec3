/**
 * The program that is measured: sends or receives as fast as it goes for some time, and looks at its memory every second. It is told
 * what to do by JSON in its first argument, and prints what it found as JSON.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { atom, HiddenNode, type Mailbox, registered, tuple } from 'hidden-node';
import type { Consumer, Facts, Outcome } from './facts.ts';
import type { Memory } from './verdict.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const facts = JSON.parse(process.argv[2]!) as Facts;

const SMALL = 11;
/** About as many bytes are asked for at a time. */
const BATCH_BYTES = 64 * 1024 * 1024;
/** What a small message takes on the wire. */
const SMALL_MESSAGE = 128;
const batch = Math.ceil(BATCH_BYTES / Math.max(facts.bytes, SMALL_MESSAGE));

const INTERVAL = 1_000;
/** Longer than anything is kept for the next burst. */
const REST = 5_000;

let messages = 0;

function memory(): Memory {
  const { rss, heapUsed, external, arrayBuffers } = process.memoryUsage();
  return { rss, heapUsed, external, arrayBuffers };
}

function settled(): Memory {
  collectGarbage();
  return memory();
}

/** Asks for the next batch when the one before is half through, so that messages never run out. */
class Source {
  readonly #end = performance.now() + facts.seconds * 1000;
  #asked = 0;

  constructor(private readonly node: HiddenNode) {}

  /** A message has come. False: it was the last. */
  came(): boolean {
    messages++;
    if (this.#asked - messages < batch / 2 && performance.now() < this.#end) this.ask();
    return messages < this.#asked;
  }

  ask(): void {
    const to = tuple(atom('inbox'), atom(this.node.name));
    this.node.send(registered('source', facts.peer), tuple(atom('blast'), batch, facts.bytes, to));
    this.#asked += batch;
  }
}

const consumers: Record<Consumer, (inbox: Mailbox, came: () => boolean) => Promise<void>> = {
  onMessage: (inbox, came) => new Promise((resolve) => inbox.onMessage(() => void (came() || resolve()))),
  'for await': async (inbox, came) => {
    for await (const _ of inbox) if (!came()) return;
  },
  receive: async (inbox, came) => {
    do await inbox.receive();
    while (came());
  },
};

async function receive(node: HiddenNode): Promise<void> {
  const inbox = node.mailbox('inbox');
  const source = new Source(node);
  source.ask();
  await consumers[facts.consumer!](inbox, () => source.came());
  inbox.close();
}

async function send(node: HiddenNode): Promise<void> {
  const sink = registered('sink', facts.peer);
  const inbox = node.mailbox();
  const content = facts.bytes === SMALL ? Buffer.from('hello world') : Buffer.alloc(facts.bytes, 'hidden node');
  const end = performance.now() + facts.seconds * 1000;
  while (performance.now() < end) {
    node.send(sink, tuple(atom('expect'), batch, inbox.pid));
    await inbox.receive();
    for (let n = 0; n < batch; n++) {
      if (!node.send(sink, tuple(atom('send'), atom('js@host'), content, 1234567890123))) await node.drained();
    }
    messages += batch;
    await inbox.receive();
  }
  inbox.close();
}

const { name, peer, cookie } = facts;
const node = await HiddenNode.start({ name, cookie, listen: false, netTickTime: 3_600_000 });
await node.connect(peer);
if (facts.tuned) await node.tunePeer(peer);
const before = settled();
const samples: Memory[] = [];
const timer = setInterval(() => samples.push(memory()), INTERVAL);
const start = performance.now();
await (facts.direction === 'in' ? receive(node) : send(node));
const elapsed = performance.now() - start;
clearInterval(timer);
await delay(REST);
collectGarbage();
await delay(INTERVAL);
const outcome: Outcome = { messages, elapsed, before, samples, after: settled() };
await node.stop();
console.log(JSON.stringify(outcome));
