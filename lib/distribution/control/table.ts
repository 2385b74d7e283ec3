/** Which reader reads which control message. */
import { ALTACT_SIG_SEND, readAltact } from './altact.ts';
import { EXIT_READERS } from './exit.ts';
import {
  LINK,
  readLink,
  readOldUnlink,
  readUnlink,
  readUnlinkAcknowledge,
  UNLINK,
  UNLINK_ID,
  UNLINK_ID_ACK,
} from './link.ts';
import {
  DEMONITOR_P,
  MONITOR_P,
  MONITOR_P_EXIT,
  PAYLOAD_MONITOR_P_EXIT,
  readDemonitor,
  readMonitor,
  readMonitorExit,
  readPayloadMonitorExit,
} from './monitor.ts';
import type { ControlReader } from './reader.ts';
import {
  ALIAS_SEND,
  ALIAS_SEND_TT,
  REG_SEND,
  REG_SEND_TT,
  readAliasSend,
  readRegisteredSend,
  readSend,
  SEND,
  SEND_SENDER,
  SEND_SENDER_TT,
  SEND_TT,
} from './send.ts';
import {
  readSpawnReply,
  readSpawnRequest,
  SPAWN_REPLY,
  SPAWN_REPLY_TT,
  SPAWN_REQUEST,
  SPAWN_REQUEST_TT,
} from './spawn.ts';

const READERS: readonly [operation: number, read: ControlReader][] = [
  [SEND, readSend],
  [SEND_TT, readSend],
  [SEND_SENDER, readSend],
  [SEND_SENDER_TT, readSend],
  [REG_SEND, readRegisteredSend],
  [REG_SEND_TT, readRegisteredSend],
  [ALIAS_SEND, readAliasSend],
  [ALIAS_SEND_TT, readAliasSend],
  [ALTACT_SIG_SEND, readAltact],
  [LINK, readLink],
  [UNLINK, readOldUnlink],
  [UNLINK_ID, readUnlink],
  [UNLINK_ID_ACK, readUnlinkAcknowledge],
  ...EXIT_READERS,
  [MONITOR_P, readMonitor],
  [DEMONITOR_P, readDemonitor],
  [MONITOR_P_EXIT, readMonitorExit],
  [PAYLOAD_MONITOR_P_EXIT, readPayloadMonitorExit],
  [SPAWN_REQUEST, readSpawnRequest],
  [SPAWN_REQUEST_TT, readSpawnRequest],
  [SPAWN_REPLY, readSpawnReply],
  [SPAWN_REPLY_TT, readSpawnReply],
];

/** By operation number; one that is missing is counted and ignored. */
export const CONTROL_READERS: readonly (ControlReader | undefined)[] = (() => {
  const table: (ControlReader | undefined)[] = new Array(64).fill(undefined);
  for (const [operation, read] of READERS) table[operation] = read;
  return table;
})();
