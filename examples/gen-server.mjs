// A gen_server written in JavaScript: an account that Erlang and Elixir call as any other server.
// Needs the Erlang node of the README: erl -name app@127.0.0.1 -setcookie secret
// prints: 70
// prints: {error,insufficient_funds}
// prints: the call failed: no such request: refund
// prints: {statement,[100,-30]}
// prints: the account is closed: normal
import { atom, HiddenNode, NO_REPLY, registered, tuple } from 'hidden-node';

const app = 'app@127.0.0.1';
const node = await HiddenNode.start({ name: 'js@127.0.0.1', cookie: 'secret' });

/** Requests are handled one at a time, so the fields are safe across an await. */
class Account {
  #entries = [];
  #waiting = [];

  async call(request, from) {
    const [operation, amount] = request;
    switch (operation) {
      case atom('balance'):
        return this.#balance;
      case atom('withdraw'):
        if (amount > this.#balance) return tuple(atom('error'), atom('insufficient_funds'));
        return this.#book(-amount);
      case atom('statement'):
        // Answered later: the next request does not wait for this one.
        this.#waiting.push(from);
        return NO_REPLY;
      default:
        // The caller's gen_server:call exits, as if the server had crashed. The server goes on.
        throw new Error(`no such request: ${operation}`);
    }
  }

  cast([operation, amount]) {
    if (operation === atom('deposit')) this.#book(amount);
    if (operation === atom('print')) {
      for (const from of this.#waiting.splice(0)) server.reply(from, tuple(atom('statement'), this.#entries));
    }
  }

  /** What sys:get_state shows. */
  state() {
    return { balance: this.#balance };
  }

  terminate(reason) {
    console.log('the account is closed:', String(reason));
  }

  get #balance() {
    return this.#entries.reduce((sum, entry) => sum + entry, 0);
  }

  #book(amount) {
    this.#entries.push(amount);
    return this.#balance;
  }
}

const server = node.serve('account', new Account());

// In Erlang: gen_server:cast({account, 'js@127.0.0.1'}, {deposit, 100}).
const account = tuple(atom('account'), atom(node.name));
const erlang = (fun, ...args) => node.rpc(app, 'gen_server', fun, [account, ...args]);
await erlang('cast', tuple(atom('deposit'), 100));
console.log(await erlang('call', tuple(atom('withdraw'), 30)));
console.log(String(await erlang('call', tuple(atom('withdraw'), 1_000))));

// {js_error, Name, Message} is the reason that Erlang sees.
await erlang('call', tuple(atom('refund'), 1)).catch((error) => {
  const [, message] = /<<"Error">>,<<"([^"]*)">>/.exec(String(error.facts.reason)) ?? [];
  console.log('the call failed:', message);
});

const statement = erlang('call', tuple(atom('statement'), 2));
await node.call(registered('account', node.name), tuple(atom('balance'), 0)); // calls within the node work alike
await erlang('cast', tuple(atom('print'), 1));
console.log(String(await statement));

await erlang('stop');
await server.ended;
await node.stop();
