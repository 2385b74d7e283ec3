/**
 * Decides between two processes that have the same global name, as happens when parts of a cluster that were separated meet again. One
 * of the Erlang nodes that meet calls `global:resolve_it/4` on the node of the process that has the name on its side, which may be this one. Without an answer the
 * other process would always keep the name.
 * Erlang documentation: kernel application, `global:register_name/3`.
 */
import type { Processes } from '../process/processes.ts';
import { ErlangException } from '../rpc/exception.ts';
import type { ExposedFunctions } from '../rpc/expose.ts';
import { atom } from '../term/atom.ts';
import { ExportTerm } from '../term/export.ts';
import { Pid } from '../term/pid.ts';
import type { EncodableTerm, Term } from '../term/term.ts';
import { tuple } from '../term/tuple.ts';

const GLOBAL = atom('global');
const CONFLICT = atom('global_name_conflict');
const KILL = atom('kill');
const NONE = atom('none');
const BADARG = atom('badarg');
const UNDEF = atom('undef');

/** The functions of `global` that say which process keeps a name. */
export type Resolver = 'random_exit_name' | 'random_notify_name' | 'notify_all_name';

/** Tells processes what was decided. */
interface Effects {
  kill(pid: Pid): void;
  send(to: Pid, message: EncodableTerm): void;
}

/** @returns who keeps the name, if anybody does */
type Decide = (effects: Effects, name: Term, first: Pid, second: Pid) => Pid | undefined;

/** The process on the node with the smaller name comes first. */
function inOrder(first: Pid, second: Pid): [keeps: Pid, loses: Pid] {
  return first.node.name < second.node.name ? [first, second] : [second, first];
}

const RESOLVERS: Readonly<Record<Resolver, Decide>> = {
  random_exit_name: ({ kill }, _name, first, second) => {
    const [keeps, loses] = inOrder(first, second);
    kill(loses);
    return keeps;
  },
  random_notify_name: ({ send }, name, first, second) => {
    const [keeps, loses] = inOrder(first, second);
    send(loses, tuple(CONFLICT, name));
    return keeps;
  },
  notify_all_name: ({ send }, name, first, second) => {
    send(first, tuple(CONFLICT, name, second));
    send(second, tuple(CONFLICT, name, first));
    return undefined;
  },
};

/** The names of {@link Resolver}. */
export const RESOLVER_NAMES = Object.keys(RESOLVERS) as readonly Resolver[];

/** The function of `global` as a term. */
export function resolverTerm(name: Resolver): ExportTerm {
  return new ExportTerm(GLOBAL, atom(name), 3);
}

/**
 * What to expose as the module `global`.
 *
 * @param self - the process that kills and sends
 * @param decided - is told who keeps a name, before anybody else is
 */
export function conflictFunctions(
  processes: Processes,
  self: Pid,
  decided: (name: Term, keeps: Pid | undefined) => void,
): ExposedFunctions {
  const effects: Effects = {
    kill: (pid) => processes.nodes.to(pid.node).exitRequest(self, pid, KILL),
    send: (to, message) => void processes.nodes.to(to.node).send(to, message),
  };
  return {
    'resolve_it/4': (method: Term, name: Term, first: Term, second: Term) => {
      // The second is the one on the side that asks, and therefore a process of this node.
      const valid = first instanceof Pid && second instanceof Pid && second.node === self.node;
      if (!valid) throw new ErlangException('error', BADARG);
      const keeps = decision(method)(effects, name, first, second);
      decided(name, keeps);
      return keeps ?? NONE;
    },
  };
}

/** @throws ErlangException for a function that this node does not have: the process of the other side keeps the name then */
function decision(method: Term): Decide {
  if (method instanceof ExportTerm && method.module === GLOBAL && method.arity === 3) {
    const found = Object.entries(RESOLVERS).find(([name]) => name === method.function.name);
    if (found !== undefined) return found[1];
  }
  throw new ErlangException('error', UNDEF);
}
