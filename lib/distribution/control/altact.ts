/**
 * ALTACT_SIG_SEND, in which OTP 28 and later put messages to aliases, messages and exit signals with priority.
 * Erlang documentation: "Distribution Protocol", section "Protocol between Connected Nodes".
 */
import type { Pid } from '../../term/pid.ts';
import type { Reference } from '../../term/reference.ts';
import type { FrameWriter } from '../frame-writer.ts';
import type { ControlDecoder, ControlReader } from './reader.ts';
import { writeControl } from './writer.ts';

/** `{37, Flags, SenderPid, To}`, or with a trace token behind; the payload is the message, or the reason of an exit signal. */
export const ALTACT_SIG_SEND = 37;

// A priority (1) makes no difference to this node, and a token (2) is the last element, which is not looked at.
const ALIAS = 4;
const NAME = 8;
const EXIT = 16;

/** `to` takes the message, an alias. */
export function writeAltactSend(writer: FrameWriter, from: Pid, to: Reference): void {
  writeControl(writer, ALTACT_SIG_SEND, ALIAS, from, to);
}

export const readAltact: ControlReader = (control, handler, arity) => {
  const flags = readFlags(control);
  const from = control.readPid();
  const isExit = (flags & EXIT) !== 0;
  if (flags & ALIAS && flags & NAME) throw control.invalid('a signal goes to an alias or to a name, not to both');
  if (flags & ALIAS) {
    const to = control.readReference();
    skipRest(control, arity);
    if (isExit) handler.exitRequest(from, to, control.readPayload());
    else handler.aliasSend(to, control);
  } else if (flags & NAME) {
    const to = control.readAtom();
    skipRest(control, arity);
    if (isExit) handler.exitRequest(from, to, control.readPayload());
    else handler.registeredSend(to, control);
  } else {
    const to = control.readPid();
    skipRest(control, arity);
    if (isExit) handler.exitRequest(from, to, control.readPayload());
    else handler.send(to, control);
  }
};

/** Unknown flags may be added above the low byte. */
function readFlags(control: ControlDecoder): number {
  const flags = control.readInteger();
  if (flags < 0) throw control.invalid('flags are negative');
  return Number(BigInt.asUintN(8, BigInt(flags)));
}

/** What follows the receiver, now or in later releases. */
function skipRest(control: ControlDecoder, arity: number): void {
  for (let i = 4; i < arity; i++) control.skipTerm();
}
