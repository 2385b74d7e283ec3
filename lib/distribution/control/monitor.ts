/**
 * Monitors of processes: MONITOR_P, DEMONITOR_P and the two forms of MONITOR_P_EXIT.
 * Erlang documentation: "Distribution Protocol", section "Protocol between Connected Nodes".
 */
import type { Atom } from '../../term/atom.ts';
import type { Pid } from '../../term/pid.ts';
import type { Reference } from '../../term/reference.ts';
import { NEW_PID_EXT, PID_EXT } from '../../term/tags.ts';
import type { EncodableTerm } from '../../term/term.ts';
import type { FrameWriter } from '../frame-writer.ts';
import type { ControlDecoder, ControlReader } from './reader.ts';
import { writeControl } from './writer.ts';

/** `{19, FromPid, ToProc, Ref}`; ToProc is a pid or a registered name. */
export const MONITOR_P = 19;
/** `{20, FromPid, ToProc, Ref}`. */
export const DEMONITOR_P = 20;
/** `{21, FromProc, ToPid, Ref, Reason}`. */
export const MONITOR_P_EXIT = 21;
/** `{28, FromProc, ToPid, Ref}` with the reason as payload, for peers that announce EXIT_PAYLOAD. */
export const PAYLOAD_MONITOR_P_EXIT = 28;

/** Tells `watcher` that `target` has ended. */
export function writeMonitorExit(
  writer: FrameWriter,
  target: Pid | Atom,
  watcher: Pid,
  reference: Reference,
  reason: EncodableTerm,
  asPayload: boolean,
): void {
  if (asPayload) {
    writeControl(writer, PAYLOAD_MONITOR_P_EXIT, target, watcher, reference);
    writer.writeVersion();
    writer.writeTerm(reason);
  } else {
    writeControl(writer, MONITOR_P_EXIT, target, watcher, reference, reason);
  }
}

function readTarget(control: ControlDecoder): Pid | Atom {
  const tag = control.peekTag();
  return tag === NEW_PID_EXT || tag === PID_EXT ? control.readPid() : control.readAtom();
}

export const readMonitor: ControlReader = (control, handler) => {
  const watcher = control.readPid();
  const target = readTarget(control);
  handler.monitor(watcher, target, control.readReference());
};

export const readDemonitor: ControlReader = (control, handler) => {
  const watcher = control.readPid();
  readTarget(control);
  handler.demonitor(watcher, control.readReference());
};
