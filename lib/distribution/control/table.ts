/** Which reader reads which control message. */
import { DEMONITOR_P, MONITOR_P, readDemonitor, readMonitor } from './monitor.ts';
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
import { readUnlink, UNLINK_ID } from './unlink.ts';

/** By operation number; one that is missing is counted and ignored. */
export const CONTROL_READERS: readonly (ControlReader | undefined)[] = (() => {
  const readers: (ControlReader | undefined)[] = new Array(64).fill(undefined);
  for (const operation of [SEND, SEND_TT, SEND_SENDER, SEND_SENDER_TT]) readers[operation] = readSend;
  for (const operation of [REG_SEND, REG_SEND_TT]) readers[operation] = readRegisteredSend;
  for (const operation of [ALIAS_SEND, ALIAS_SEND_TT]) readers[operation] = readAliasSend;
  readers[MONITOR_P] = readMonitor;
  readers[DEMONITOR_P] = readDemonitor;
  readers[UNLINK_ID] = readUnlink;
  return readers;
})();
