// Two nodes over a stream of bytes: a Unix socket here. Neither listens, and neither needs EPMD or Erlang.
// prints: b@127.0.0.1 accepted a@127.0.0.1
// prints: b@127.0.0.1 got over a stream

import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HiddenNode, registered } from 'hidden-node';

const folder = mkdtempSync(join(tmpdir(), 'hidden-node-'));
const path = join(folder, 'socket');
const a = await HiddenNode.start({ name: 'a@127.0.0.1', cookie: 'secret', listen: false });
const b = await HiddenNode.start({ name: 'b@127.0.0.1', cookie: 'secret', listen: false, binaries: 'utf8' });
const inbox = b.mailbox('inbox');

const server = createServer(async (socket) => console.log(`${b.name} accepted ${await b.accept(socket)}`));
server.listen(path);
await once(server, 'listening');

const socket = connect(path);
await once(socket, 'connect');
await a.connect(b.name, { stream: socket });
a.send(registered('inbox', b.name), 'over a stream');
console.log(`${b.name} got ${await inbox.receive({ timeout: 5_000 })}`);

server.close();
await a.stop();
await b.stop();
rmSync(folder, { recursive: true });
