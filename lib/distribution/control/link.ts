/**
 * Links between processes: LINK, UNLINK_ID and its acknowledgement, and UNLINK of peers before OTP 23.3.
 * Erlang documentation: "Distribution Protocol", section "Link Protocol".
 */
import type { Pid } from '../../term/pid.ts';
import type { FrameWriter } from '../frame-writer.ts';
import type { ControlReader } from './reader.ts';
import { writeControl } from './writer.ts';

/** `{1, FromPid, ToPid}`. */
export const LINK = 1;
/** `{4, FromPid, ToPid}`. Only for peers that do not announce UNLINK_ID: all others close the connection on it. */
export const UNLINK = 4;
/** `{35, Id, FromPid, ToPid}`. */
export const UNLINK_ID = 35;
/** `{36, Id, FromPid, ToPid}`. */
export const UNLINK_ID_ACK = 36;

export function writeLink(writer: FrameWriter, from: Pid, to: Pid): void {
  writeControl(writer, LINK, from, to);
}

export function writeOldUnlink(writer: FrameWriter, from: Pid, to: Pid): void {
  writeControl(writer, UNLINK, from, to);
}

export function writeUnlink(writer: FrameWriter, id: number, from: Pid, to: Pid): void {
  writeControl(writer, UNLINK_ID, id, from, to);
}

export function writeUnlinkAcknowledge(writer: FrameWriter, id: number | bigint, from: Pid, to: Pid): void {
  writeControl(writer, UNLINK_ID_ACK, id, from, to);
}

export const readLink: ControlReader = (control, handler) => {
  const from = control.readPid();
  handler.link(from, control.readPid());
};

export const readOldUnlink: ControlReader = (control, handler) => {
  const from = control.readPid();
  handler.unlink(undefined, from, control.readPid());
};

export const readUnlink: ControlReader = (control, handler) => {
  const id = control.readInteger();
  const from = control.readPid();
  handler.unlink(id, from, control.readPid());
};

export const readUnlinkAcknowledge: ControlReader = (control, handler) => {
  const id = control.readInteger();
  const from = control.readPid();
  handler.unlinkAcknowledge(id, from, control.readPid());
};
