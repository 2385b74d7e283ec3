// Functions that other nodes call. Here the calls come from the Erlang node, by remote calls to be made there.
// Needs the Erlang node of the README: erl -name app@127.0.0.1 -setcookie secret
// prints: 3
// prints: badrpc because of {'EXIT',{negative,-1}}
// prints: badrpc because of {'EXIT',{undef,[{os,cmd,["id"],[]}]}}
// prints: called by app@127.0.0.1
// prints: calc:add/2 return, calc:root/1 exit, os:cmd/1 error, who:caller/0 return
import diagnostics_channel from 'node:diagnostics_channel';
import { atom, charlist, ErlangException, HiddenNode, isHiddenNodeError, tuple } from 'hidden-node';

await withNode(async (node) => {
  const served = [];
  diagnostics_channel.subscribe('hidden-node:served', (call) => {
    served.push(`${call.module}:${call.function}/${call.arity} ${call.outcome}`);
  });

  const calc = node.expose('calc', {
    'add/2': (a, b) => a + b,
    async root(n) {
      if (typeof n !== 'number' || n < 0) throw new ErlangException('exit', tuple(atom('negative'), n));
      return Math.sqrt(n);
    },
  });
  node.expose('who', {
    caller() {
      return `called by ${this.caller.node.name}`;
    },
  });

  await callFromErlang(node, 'calc', 'add', [1, 2]);
  await callFromErlang(node, 'calc', 'root', [-1]);
  await callFromErlang(node, 'os', 'cmd', [charlist('id')]);
  await callFromErlang(node, 'who', 'caller', []);
  calc.unexpose();
  console.log(served.join(', '));
});

/** What is `rpc:call(Js, Module, Name, Args)` in Erlang. That it fails there makes the call from here fail as well. */
async function callFromErlang(node, module, name, args) {
  try {
    const result = await node.rpc('app@127.0.0.1', 'rpc', 'call', [atom(node.name), atom(module), atom(name), args]);
    console.log(String(result));
  } catch (error) {
    if (!isHiddenNodeError(error, 'badrpc')) throw error;
    console.log(`badrpc because of ${error.facts.reason}`);
  }
}

/** Starts a node, and stops it whatever happens: what `await using` does where the language has it. */
async function withNode(work) {
  const node = await HiddenNode.start({ name: 'js@127.0.0.1', cookie: 'secret' });
  try {
    await work(node);
  } finally {
    await node.stop();
  }
}
