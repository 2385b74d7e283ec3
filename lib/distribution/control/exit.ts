/**
 * Exit signals: EXIT of a linked process that has ended, EXIT2 of `exit/2`; each with the reason in the control message or as
 * payload, and each also with a trace token (`_TT`), which is read over.
 * Erlang documentation: "Distribution Protocol", section "Protocol between Connected Nodes".
 */
import type { Pid } from '../../term/pid.ts';
import type { EncodableTerm } from '../../term/term.ts';
import type { FrameWriter } from '../frame-writer.ts';
import type { ControlReader } from './reader.ts';
import { writeControl, writePayload } from './writer.ts';

/** `{3, FromPid, ToPid, Reason}`. */
export const EXIT = 3;
/** `{8, FromPid, ToPid, Reason}`. */
export const EXIT2 = 8;
/** `{13, FromPid, ToPid, TraceToken, Reason}`. */
export const EXIT_TT = 13;
/** `{18, FromPid, ToPid, TraceToken, Reason}`. */
export const EXIT2_TT = 18;
/** `{24, FromPid, ToPid}` with the reason as payload, for peers that announce EXIT_PAYLOAD; so are the following. */
export const PAYLOAD_EXIT = 24;
/** `{25, FromPid, ToPid, TraceToken}`. */
export const PAYLOAD_EXIT_TT = 25;
/** `{26, FromPid, ToPid}`. */
export const PAYLOAD_EXIT2 = 26;
/** `{27, FromPid, ToPid, TraceToken}`. */
export const PAYLOAD_EXIT2_TT = 27;

export function writeExit(writer: FrameWriter, from: Pid, to: Pid, reason: EncodableTerm, asPayload: boolean): void {
  if (!asPayload) return writeControl(writer, EXIT, from, to, reason);
  writeControl(writer, PAYLOAD_EXIT, from, to);
  writePayload(writer, reason);
}

export function writeExitRequest(
  writer: FrameWriter,
  from: Pid,
  to: Pid,
  reason: EncodableTerm,
  asPayload: boolean,
): void {
  if (!asPayload) return writeControl(writer, EXIT2, from, to, reason);
  writeControl(writer, PAYLOAD_EXIT2, from, to);
  writePayload(writer, reason);
}

type Exit = 'exit' | 'exitRequest';

function reader(tell: Exit, traced: boolean, asPayload: boolean): ControlReader {
  return (control, handler) => {
    const from = control.readPid();
    const to = control.readPid();
    if (traced) control.skipTerm();
    handler[tell](from, to, asPayload ? control.readPayload() : control.readTerm());
  };
}

export const EXIT_READERS: readonly [operation: number, read: ControlReader][] = [
  [EXIT, reader('exit', false, false)],
  [EXIT_TT, reader('exit', true, false)],
  [PAYLOAD_EXIT, reader('exit', false, true)],
  [PAYLOAD_EXIT_TT, reader('exit', true, true)],
  [EXIT2, reader('exitRequest', false, false)],
  [EXIT2_TT, reader('exitRequest', true, false)],
  [PAYLOAD_EXIT2, reader('exitRequest', false, true)],
  [PAYLOAD_EXIT2_TT, reader('exitRequest', true, true)],
];
