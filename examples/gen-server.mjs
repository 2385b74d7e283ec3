// Answering gen_server:call and gen_server:cast by hand. The calls come from Erlang, by remote calls to be made there.
// Needs the Erlang node of the README: erl -name app@127.0.0.1 -setcookie secret
// prints: 3
import { ANY, atom, HiddenNode, ImproperList, matches, Reference, tuple } from 'hidden-node';

const node = await HiddenNode.start({ name: 'js@127.0.0.1', cookie: 'secret' });
const CALL = tuple(atom('$gen_call'), tuple(ANY, ANY), ANY);
const CAST = tuple(atom('$gen_cast'), tuple(atom('add'), ANY));
let total = 0;

node.mailbox('counter').onMessage((message) => {
  if (matches(CAST, message)) {
    const [, [, amount]] = message;
    total += amount;
  } else if (matches(CALL, message)) {
    const [, [pid, tag]] = message;
    // Since OTP 24 the tag holds an alias: a reply that comes too late is dropped there.
    const to = tag instanceof ImproperList && tag.tail instanceof Reference ? tag.tail : pid;
    node.send(to, tuple(tag, total));
  }
});

const counter = tuple(atom('counter'), atom(node.name)); // {counter, 'js@127.0.0.1'}
await node.rpc('app@127.0.0.1', 'gen_server', 'cast', [counter, tuple(atom('add'), 1)]);
await node.rpc('app@127.0.0.1', 'gen_server', 'cast', [counter, tuple(atom('add'), 2)]);
console.log(await node.rpc('app@127.0.0.1', 'gen_server', 'call', [counter, atom('total')]));
await node.stop();
