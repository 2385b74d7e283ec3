/** Many nodes in one process, each with a server that answers what it was asked. The parent is told their addresses. */
import { facts, start } from './common.mjs';

// With the parent this process ends as well, however that ends.
process.on('disconnect', () => process.exit());

const nodes = await Promise.all(Array.from({ length: facts.count }, () => start()));
for (const node of nodes) node.serve('server', { call: (request) => request });
process.send(nodes.map(({ name, port }) => ({ name, port })));
