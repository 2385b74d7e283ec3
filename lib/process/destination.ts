/** Where a message can be sent to. */
import { HiddenNodeError } from '../errors.ts';
import { type Atom, atom } from '../term/atom.ts';
import { Pid } from '../term/pid.ts';
import { Reference } from '../term/reference.ts';

/** A process known by its registered name on a node. Made by {@link registered}. */
export class Registered {
  constructor(
    readonly name: Atom,
    readonly node: Atom,
  ) {}

  toString(): string {
    return `{${this.name},${this.node}}`;
  }
}

/** A process identifier, a registered name on a node, or an alias. */
export type Destination = Pid | Registered | Reference;

/**
 * The process registered as `name` on `node`: Erlang's `{Name, Node}`.
 *
 * @param name - the registered name
 * @param node - the full name of the node, `alive@host`
 * @throws `invalid_argument` when either cannot be an atom
 * @example node.send(registered('logger', 'app@127.0.0.1'), 'hello')
 */
export function registered(name: string, node: string): Registered {
  return new Registered(atom(name), atom(node));
}

/** @throws `invalid_argument` for what names no server */
export function assertServer(to: unknown): asserts to is Pid | Registered {
  if (to instanceof Registered || to instanceof Pid) return;
  throw new HiddenNodeError('invalid_argument', 'a server is a Pid or registered(name, node)', { kind: typeof to });
}

/** @throws `invalid_argument` for a value that is none of the kinds of destination */
export function assertDestination(to: unknown): asserts to is Destination {
  if (to instanceof Registered || to instanceof Pid || to instanceof Reference) return;
  throw new HiddenNodeError(
    'invalid_argument',
    'a message is sent to a Pid, a Reference (alias) or registered(name, node)',
    {
      kind: typeof to,
    },
  );
}
