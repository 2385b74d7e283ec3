/**
 * What answers for the registered name `net_kernel`, so that `net_adm:ping` of an Erlang node gets its pong.
 * Erlang documentation: kernel application, `net_adm:ping/1`.
 */
import { atom } from '../term/atom.ts';
import { ANY, matches } from '../term/pattern.ts';
import { Pid } from '../term/pid.ts';
import type { EncodableTerm, Term } from '../term/term.ts';
import { type Tuple, tuple } from '../term/tuple.ts';
import type { Destination } from './destination.ts';
import { replyTo } from './gen-tag.ts';
import type { Behaviour } from './local-process.ts';

export const NET_KERNEL = atom('net_kernel');
const YES = atom('yes');
const IS_AUTH = tuple(atom('$gen_call'), tuple(ANY, ANY), tuple(atom('is_auth'), ANY));

export class NetKernel implements Behaviour {
  constructor(private readonly send: (to: Destination, message: EncodableTerm) => void) {}

  deliver(message: Term): void {
    if (!matches(IS_AUTH, message)) return;
    const [caller, tag] = ((message as Tuple<Term[]>).elements[1] as Tuple<[Term, Term]>).elements;
    if (caller instanceof Pid) this.send(replyTo(caller, tag), tuple(tag, YES));
  }
}
