// Remote calls: many at once, a failure, a timeout.
// Needs the Erlang node of the README: erl -name app@127.0.0.1 -setcookie secret
// prints: 338350
// prints: badrpc because of {'EXIT',{undef,[{nosuch,f,[],[]}]}}
// prints: timeout
import { HiddenNode, isHiddenNodeError } from 'hidden-node';

const app = 'app@127.0.0.1';
await withNode(async (node) => {
  const squares = await Promise.all(
    Array.from({ length: 100 }, (_, i) => node.rpc(app, 'erlang', '*', [i + 1, i + 1])),
  );
  console.log(squares.reduce((sum, square) => sum + square, 0));

  await failing(node.rpc(app, 'nosuch', 'f'));
  await failing(node.rpc(app, 'timer', 'sleep', [10_000], { timeout: 50 }));
});

/** Says with which code a call rejects. */
async function failing(call) {
  try {
    console.log('returned', await call);
  } catch (error) {
    if (!isHiddenNodeError(error)) throw error;
    console.log(error.code === 'badrpc' ? `badrpc because of ${error.facts.reason}` : error.code);
  }
}

/** Starts a node, and stops it whatever happens: what `await using` does where the language has it. */
async function withNode(work) {
  const node = await HiddenNode.start({ name: 'js@127.0.0.1', cookie: 'secret', listen: false });
  try {
    await work(node);
  } finally {
    await node.stop();
  }
}
