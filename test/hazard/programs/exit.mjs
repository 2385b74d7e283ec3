/** Ends the process without stopping its node, in the phase that the test names. */
import { connect } from 'node:net';
import { registered } from '../../../dist/index.js';
import { facts, start } from './common.mjs';

const { phase, beam, silentPort } = facts;

function leave() {
  process.stdout.write('leaving\n', () => process.exit(7));
}

if (phase === 'starting') {
  void start();
  leave();
} else {
  const node = await start();
  if (phase === 'listening') leave();
  if (phase === 'dialing') {
    node.connect(beam).catch(() => undefined);
    leave();
  }
  if (phase === 'silent handshake') {
    node.connect('silent@127.0.0.1', { port: silentPort }).catch(() => undefined);
    setTimeout(leave, 50);
  }
  if (phase === 'incoming handshake') {
    const socket = connect(node.port, '127.0.0.1');
    // A name packet: flags of OTP 25, creation, and the name `x@127.0.0.1`.
    const name = Buffer.from('x@127.0.0.1');
    const packet = Buffer.alloc(17 + name.length);
    packet.writeUInt16BE(packet.length - 2);
    packet.write('N', 2);
    packet.writeBigUInt64BE(0xd07df7fbcn, 3);
    packet.writeUInt16BE(name.length, 15);
    name.copy(packet, 17);
    socket.write(packet);
    socket.once('data', leave);
  }
  if (phase === 'connected') {
    await node.connect(beam);
    leave();
  }
  if (phase === 'traffic') {
    await node.connect(beam);
    for (let n = 0; n < 2_000; n++) node.send(registered('nobody', beam), Buffer.alloc(10_000));
    void node.rpc(beam, 'timer', 'sleep', [60_000]).catch(() => undefined);
    leave();
  }
}
