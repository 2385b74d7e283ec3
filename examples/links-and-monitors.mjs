// Links, monitors and aliases: who hears of whose end, and why.
// Needs the Erlang node of the README: erl -name app@127.0.0.1 -setcookie secret
// prints: the worker ended: {badmatch,42}
// prints: exit message: {out_of,<<"coffee">>}
// prints: the mailbox was ended: exited, by the reason crash
// prints: nobody is there: noproc
// prints: a reply to an alias: 1 of 2
import { ANY, atom, format, HiddenNode, registered, tuple } from 'hidden-node';

const APP = 'app@127.0.0.1';
const node = await HiddenNode.start({ name: 'js@127.0.0.1', cookie: 'secret' });
const inbox = node.mailbox('watcher', { trapExit: true });
const down = (reference) => inbox.receive({ match: tuple(atom('DOWN'), reference, ANY, ANY, ANY), timeout: 5_000 });

/** A process on the Erlang node that sleeps until it is told to end. */
const worker = () => node.rpc(APP, 'erlang', 'spawn', [atom('timer'), atom('sleep'), [60_000]]);

// A monitor tells of the end of a process, once.
const watched = await worker();
const reference = inbox.monitor(watched);
inbox.exit(watched, tuple(atom('badmatch'), 42));
const [, , , , reason] = await down(reference);
console.log(`the worker ended: ${format(reason)}`);

// A link works both ways. A mailbox that traps exits gets a message.
const linked = await worker();
inbox.link(linked);
inbox.exit(linked, tuple(atom('out_of'), 'coffee'));
const [, , why] = await inbox.receive({ match: tuple(atom('EXIT'), linked, ANY), timeout: 5_000 });
console.log(`exit message: ${format(why)}`);

// One that does not trap them ends with the same reason.
const fragile = node.mailbox();
const other = await worker();
fragile.link(other);
inbox.exit(other, atom('crash'));
const ended = await fragile.ended;
console.log(`the mailbox was ended: ${ended.code}, by the reason ${format(ended.facts.reason)}`);

const [, , , , noproc] = await down(inbox.monitor(registered('nobody', APP)));
console.log(`nobody is there: ${noproc}`);

// An alias for one reply: what comes later is dropped.
const alias = inbox.alias({ reply: true });
await node.rpc(APP, 'erlang', 'send', [alias, 1]);
await node.rpc(APP, 'erlang', 'send', [alias, 2]);
console.log(`a reply to an alias: ${await inbox.receive({ timeout: 5_000 })} of 2`);

await node.stop();
