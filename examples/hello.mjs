// prints: {ok,<<"hello">>}
// prints: 6
// prints: [ 'js@127.0.0.1' ]
import { atom, HiddenNode, registered, tuple } from 'hidden-node';

const node = await HiddenNode.start({ name: 'js@127.0.0.1', cookie: 'secret' });
const inbox = node.mailbox('inbox');
inbox.send(registered('echo', 'app@127.0.0.1'), tuple(inbox.pid, 'hello'));
console.log(String(await inbox.receive({ timeout: 5_000 })));
console.log(await node.rpc('app@127.0.0.1', 'lists', 'sum', [[1, 2, 3]]));
console.log(await node.rpc('app@127.0.0.1', 'erlang', 'nodes', [atom('hidden')]));
await node.stop();
