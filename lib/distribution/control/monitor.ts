/**
 * Monitors of processes: MONITOR_P, DEMONITOR_P and the two forms of MONITOR_P_EXIT.
 * Erlang documentation: "Distribution Protocol", section "Protocol between Connected Nodes".
 */
import type { Atom } from '../../term/atom.ts';
import type { Pid } from '../../term/pid.ts';
import type { Reference } from '../../term/reference.ts';
import type { EncodableTerm } from '../../term/term.ts';
import type { FrameWriter } from '../frame-writer.ts';
import { readProcess } from './process.ts';
import type { ControlReader } from './reader.ts';
import { writeControl, writePayload } from './writer.ts';

/** `{19, FromPid, ToProc, Ref}`; ToProc is a pid or a registered name. */
export const MONITOR_P = 19;
/** `{20, FromPid, ToProc, Ref}`. */
export const DEMONITOR_P = 20;
/** `{21, FromProc, ToPid, Ref, Reason}`. */
export const MONITOR_P_EXIT = 21;
/** `{28, FromProc, ToPid, Ref}` with the reason as payload, for peers that announce EXIT_PAYLOAD. */
export const PAYLOAD_MONITOR_P_EXIT = 28;

export function writeMonitor(writer: FrameWriter, watcher: Pid, target: Pid | Atom, reference: Reference): void {
  writeControl(writer, MONITOR_P, watcher, target, reference);
}

export function writeDemonitor(writer: FrameWriter, watcher: Pid, target: Pid | Atom, reference: Reference): void {
  writeControl(writer, DEMONITOR_P, watcher, target, reference);
}

/** Tells `watcher` that `target` has ended. */
export function writeMonitorExit(
  writer: FrameWriter,
  target: Pid | Atom,
  watcher: Pid,
  reference: Reference,
  reason: EncodableTerm,
  asPayload: boolean,
): void {
  if (!asPayload) return writeControl(writer, MONITOR_P_EXIT, target, watcher, reference, reason);
  writeControl(writer, PAYLOAD_MONITOR_P_EXIT, target, watcher, reference);
  writePayload(writer, reason);
}

export const readMonitor: ControlReader = (control, handler) => {
  const watcher = control.readPid();
  const target = readProcess(control);
  handler.monitor(watcher, target, control.readReference());
};

export const readDemonitor: ControlReader = (control, handler) => {
  const watcher = control.readPid();
  const target = readProcess(control);
  handler.demonitor(watcher, target, control.readReference());
};

export const readMonitorExit: ControlReader = (control, handler) => {
  const target = readProcess(control);
  const watcher = control.readPid();
  const reference = control.readReference();
  handler.monitorExit(target, watcher, reference, control.readTerm());
};

export const readPayloadMonitorExit: ControlReader = (control, handler) => {
  const target = readProcess(control);
  const watcher = control.readPid();
  const reference = control.readReference();
  handler.monitorExit(target, watcher, reference, control.readPayload());
};
