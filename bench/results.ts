/** What the suite measures, as it is kept in a file. */

/** The workloads that run over a connection. */
export const WORKLOADS = ['w1', 'w2', 'w3', 'w4', 'rpc1'] as const;
export type Workload = (typeof WORKLOADS)[number];

/** Whether the peer runs as it comes, or with the socket options that `tunePeer` sets. */
export const PEERS = ['default', 'tuned'] as const;
export type PeerKind = (typeof PEERS)[number];

/** One run of one contestant. Times are in microseconds. */
export interface Sample {
  /** Messages, round trips, requests or calls. */
  count: number;
  elapsed: number;
  /** Of all threads of the contestant. */
  cpu: number;
  /** Of its main thread alone: in Node.js that is the event loop. */
  loopCpu: number;
  /** Of all threads of the peer. */
  peerCpu: number;
  /** Median of the single round trips (w3, rpc1). */
  p50?: number;
  p99?: number;
}

/** All contestants at one workload. */
export interface Block {
  workload: Workload;
  /** The size of the binary in each message. */
  bytes: number;
  peer: PeerKind;
  /** One sample per round; the samples of one round are at the same index. */
  contestants: Record<string, Sample[]>;
}

/** One codec at one term. */
export interface CodecRow {
  term: string;
  codec: string;
  /** Nanoseconds per term, one figure per round. Empty: the codec cannot do it. */
  encode: number[];
  decode: number[];
}

export interface Results {
  /** The command that made them. */
  command: string;
  date: string;
  commit: string;
  machine: Record<string, string>;
  rounds: number;
  blocks: Block[];
  codec: CodecRow[];
}
