/**
 * Making processes on another node: SPAWN_REQUEST and SPAWN_REPLY, each also with a trace token (`_TT`), which is read over.
 * Erlang documentation: "Distribution Protocol", section "Protocol between Connected Nodes"; `erlang:spawn_request/5`.
 */
import type { Atom } from '../../term/atom.ts';
import type { Pid } from '../../term/pid.ts';
import type { Reference } from '../../term/reference.ts';
import type { EncodableTerm } from '../../term/term.ts';
import { tuple } from '../../term/tuple.ts';
import type { FrameWriter } from '../frame-writer.ts';
import { readProcess } from './process.ts';
import type { ControlReader } from './reader.ts';
import type { SpawnRequest } from './signals.ts';
import { writeControl, writePayload } from './writer.ts';

/** `{29, ReqId, From, GroupLeader, {Module, Function, Arity}, OptList}` with the arguments as payload. */
export const SPAWN_REQUEST = 29;
/** `{30, ReqId, From, GroupLeader, {Module, Function, Arity}, OptList, TraceToken}`. */
export const SPAWN_REQUEST_TT = 30;
/** `{31, ReqId, To, Flags, Result}`. */
export const SPAWN_REPLY = 31;
/** `{32, ReqId, To, Flags, Result, TraceToken}`. */
export const SPAWN_REPLY_TT = 32;

export function writeSpawnRequest(writer: FrameWriter, request: SpawnRequest, args: readonly EncodableTerm[]): void {
  const { reference, from, groupLeader, module, name, arity, options } = request;
  writeControl(writer, SPAWN_REQUEST, reference, from, groupLeader, tuple(module, name, arity), options);
  writePayload(writer, args);
}

export function writeSpawnReply(
  writer: FrameWriter,
  reference: Reference,
  to: Pid,
  flags: number,
  result: Pid | Atom,
): void {
  writeControl(writer, SPAWN_REPLY, reference, to, flags, result);
}

export const readSpawnRequest: ControlReader = (control, handler, arity) => {
  const reference = control.readReference();
  const from = control.readPid();
  const groupLeader = control.readPid();
  if (control.readTupleHeader() !== 3) throw control.invalid('what is to be spawned is {Module, Function, Arity}');
  const module = control.readAtom();
  const name = control.readAtom();
  const callArity = control.readSmallInteger();
  const options = control.readTerm();
  for (let i = 6; i < arity; i++) control.skipTerm();
  handler.spawnRequest({ reference, from, groupLeader, module, name, arity: callArity, options }, control);
};

export const readSpawnReply: ControlReader = (control, handler) => {
  const reference = control.readReference();
  const to = control.readPid();
  const flags = control.readSmallInteger();
  handler.spawnReply(reference, to, flags, readProcess(control));
};
