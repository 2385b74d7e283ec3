/** What the command asks of the node that it measures, and of the processes with the peers; each task is one message, and each answer. */

/** Where a peer is. */
export interface PeerAddress {
  name: string;
  port: number;
}

/** What the node, and its process, take up. */
export interface Footprint {
  rss: number;
  heapUsed: number;
  external: number;
  descriptors: number;
  threads: number;
}

export interface Traffic {
  /** Requests, or messages. */
  count: number;
  /** Milliseconds. */
  elapsed: number;
  /** CPU of all threads of the process for one of them, in microseconds. */
  cpu: number;
}

/** What something took, in milliseconds. */
export interface Duration {
  elapsed: number;
  /** For so long, at most, nothing else could run. */
  blocked: number;
  /** Of all threads of the process; only of what is done by itself. */
  cpu?: number;
}

/** Each task of the node: what it is told, and what it answers. */
export interface HubTasks {
  /** All at once. With `viaEpmd` the ports are asked of EPMD, each by itself. */
  connect: { given: { peers: PeerAddress[]; viaEpmd: boolean }; answer: Duration };
  /** Closes every link. */
  disconnect: { given: Record<string, never>; answer: Duration };
  /** Waits until there are so many links. Times are of the wall clock. */
  links: { given: { count: number }; answer: { at: number; blocked: number } };
  footprint: { given: Record<string, never>; answer: Footprint };
  /** Sends requests to `server` of each peer, so many under way in all, and the next one to a peer that has answered. */
  requests: { given: { peers: string[]; outstanding: number; seconds: number }; answer: Traffic };
  /** Sends one message to each peer in one turn of the event loop, again and again. */
  broadcast: { given: { peers: string[]; seconds: number }; answer: Traffic };
  /** CPU time while nothing is done, in microseconds. */
  rest: { given: { seconds: number }; answer: { cpuPerSecond: number } };
}

/** What processes with nodes of the library as peers are told. */
export interface PeerTasks {
  start: { given: { prefix: string; count: number; cookie: string }; answer: PeerAddress[] };
  /** All of them at once. */
  connect: { given: { hub: PeerAddress }; answer: Record<string, never> };
}
