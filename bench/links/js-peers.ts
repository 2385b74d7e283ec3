/** Many nodes of the library in one process, as peers. Each answers requests to `server`. */
import { atom, type Destination, HiddenNode, registered, type Term, Tuple, tuple } from 'hidden-node';
import { answerTasks } from './child.ts';
import type { PeerTasks } from './tasks.ts';

const nodes: HiddenNode[] = [];

async function start(name: string, cookie: string): Promise<HiddenNode> {
  const node = await HiddenNode.start({ name, cookie });
  node.mailbox('server').onMessage((message: Term) => {
    if (!(message instanceof Tuple)) return;
    const [replyTo, reference, text] = message.elements;
    node.send(replyTo as Destination, tuple(reference, text));
  });
  return node;
}

answerTasks<PeerTasks>({
  async start({ prefix, count, cookie }) {
    const names = Array.from({ length: count }, (_, n) => `${prefix}${n}@127.0.0.1`);
    nodes.push(...(await Promise.all(names.map((name) => start(name, cookie)))));
    return nodes.map(({ name, port }) => ({ name, port: port! }));
  },

  async connect({ hub }) {
    await Promise.all(nodes.map((node) => node.connect(hub.name, { port: hub.port })));
    // So that the other side has a link as well when the answer is here.
    for (const node of nodes) node.send(registered('nobody', hub.name), atom('hello'));
    return {};
  },
});
