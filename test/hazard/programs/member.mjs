/** Has a global name and is a member of a group, until it is told to be killed. */
import { atom, HiddenNode } from '../../../dist/index.js';
import { facts } from './common.mjs';

const { name, beam, cookie, epmdPort } = facts;
const node = await HiddenNode.start({ name, cookie, epmd: { port: epmdPort } });
await node.connect(beam);
const inbox = node.mailbox();
node.pg('scope').join(atom('group'), inbox);
await node.global.register(atom('mortal'), inbox);
console.log('ready');
await inbox.receive({ match: atom('die') });
process.kill(process.pid, 'SIGKILL');
