/** Peers made by hand, within the program, that stop in the middle of a handshake and say when they have come there. */
import { once } from 'node:events';
import { connect, createServer } from 'node:net';

/** What OTP 25 announces. */
const FLAGS = 0xd07df7fbcn;

function packet(tag, name, ...numbers) {
  const bytes = Buffer.alloc(2 + 1 + 8 + numbers.length * 4 + 2 + name.length);
  bytes.writeUInt16BE(bytes.length - 2);
  bytes.write(tag, 2);
  bytes.writeBigUInt64BE(FLAGS, 3);
  numbers.forEach((number, i) => {
    bytes.writeUInt32BE(number, 11 + i * 4);
  });
  bytes.writeUInt16BE(name.length, 11 + numbers.length * 4);
  bytes.write(name, 13 + numbers.length * 4);
  return bytes;
}

/**
 * Listens as the node `name`.
 *
 * @param last - what the peer says last: nothing, or its challenge, after whose answer the other side waits for good
 * @returns the port, and a promise of having come there
 */
export async function listener(name, last) {
  const server = createServer();
  server.unref();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const there = new Promise((resolve) => {
    server.on('connection', (socket) => {
      socket.unref();
      socket.on('error', () => undefined);
      socket.once('data', () => {
        if (last === 'nothing') return resolve();
        socket.once('data', resolve);
        socket.write(Buffer.concat([Buffer.from('\0\x03sok'), packet('N', name, 1234, 5)]));
      });
    });
  });
  return { port: server.address().port, there };
}

/** Connects as `x@127.0.0.1`, says its name, and never answers the challenge; resolves when that has come. */
export async function caller(port) {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  socket.write(packet('N', 'x@127.0.0.1', 5));
  await once(socket, 'data');
}
