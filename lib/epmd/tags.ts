/** The first byte of each message of the EPMD protocol, and the values of its byte for the type of a node. */

export const ALIVE2_REQ = 120;
export const PORT_PLEASE2_REQ = 122;
export const NAMES_REQ = 110;
export const DUMP_REQ = 100;
export const KILL_REQ = 107;
export const STOP_REQ = 115;
export const ALIVE2_RESP = 121;
export const ALIVE2_X_RESP = 118;
export const PORT2_RESP = 119;

export const NORMAL_NODE = 77;
export const HIDDEN_NODE = 72;
