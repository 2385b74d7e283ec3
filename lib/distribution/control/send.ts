/**
 * Messages: SEND, REG_SEND, SEND_SENDER and ALIAS_SEND, each also with a trace token (`_TT`), which is read over.
 * Erlang documentation: "Distribution Protocol", section "Protocol between Connected Nodes".
 */
import type { Atom } from '../../term/atom.ts';
import type { Pid } from '../../term/pid.ts';
import type { Reference } from '../../term/reference.ts';
import type { FrameWriter } from '../frame-writer.ts';
import type { ControlReader } from './reader.ts';
import { EMPTY_ATOM, writeControl } from './writer.ts';

/** `{2, Unused, ToPid}` with a payload. */
export const SEND = 2;
/** `{6, FromPid, Unused, ToName}` with a payload. */
export const REG_SEND = 6;
/** `{12, Unused, ToPid, TraceToken}` with a payload. */
export const SEND_TT = 12;
/** `{16, FromPid, Unused, ToName, TraceToken}` with a payload. */
export const REG_SEND_TT = 16;
/** `{22, FromPid, ToPid}` with a payload. */
export const SEND_SENDER = 22;
/** `{23, FromPid, ToPid, TraceToken}` with a payload. */
export const SEND_SENDER_TT = 23;
/** `{33, FromPid, Alias}` with a payload. */
export const ALIAS_SEND = 33;
/** `{34, FromPid, Alias, TraceToken}` with a payload. */
export const ALIAS_SEND_TT = 34;

export function writeSend(writer: FrameWriter, to: Pid): void {
  writeControl(writer, SEND, EMPTY_ATOM, to);
}

export function writeRegisteredSend(writer: FrameWriter, from: Pid, to: Atom): void {
  writeControl(writer, REG_SEND, from, EMPTY_ATOM, to);
}

export function writeAliasSend(writer: FrameWriter, from: Pid, to: Reference): void {
  writeControl(writer, ALIAS_SEND, from, to);
}

/** SEND, SEND_SENDER and their traced forms: one element, then the pid. */
export const readSend: ControlReader = (control, handler, arity) => {
  control.skipTerm();
  const to = control.readPid();
  for (let i = 3; i < arity; i++) control.skipTerm();
  control.addressedTo(to);
  handler.send(to, control);
};

export const readRegisteredSend: ControlReader = (control, handler, arity) => {
  control.skipTerm();
  control.skipTerm();
  const to = control.readAtom();
  for (let i = 4; i < arity; i++) control.skipTerm();
  control.addressedTo(to);
  handler.registeredSend(to, control);
};

export const readAliasSend: ControlReader = (control, handler, arity) => {
  control.skipTerm();
  const to = control.readReference();
  for (let i = 3; i < arity; i++) control.skipTerm();
  handler.aliasSend(to, control);
};
