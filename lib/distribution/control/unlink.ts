/**
 * Taking back a link: UNLINK_ID and its acknowledgement. Every node since OTP 26 waits for the latter.
 * Erlang documentation: "Distribution Protocol", section "Link Protocol".
 */
import type { Pid } from '../../term/pid.ts';
import type { FrameWriter } from '../frame-writer.ts';
import type { ControlReader } from './reader.ts';
import { writeControl } from './writer.ts';

/** `{35, Id, FromPid, ToPid}`. */
export const UNLINK_ID = 35;
/** `{36, Id, FromPid, ToPid}`. */
export const UNLINK_ID_ACK = 36;

export function writeUnlinkAcknowledgement(writer: FrameWriter, id: number | bigint, from: Pid, to: Pid): void {
  writeControl(writer, UNLINK_ID_ACK, id, from, to);
}

export const readUnlink: ControlReader = (control, handler) => {
  const id = control.readInteger();
  const sender = control.readPid();
  handler.unlink(id, sender, control.readPid());
};
