/** What the command tells the program that it measures, and what that tells the command. */
import type { Memory } from './verdict.ts';

/** How messages are taken. */
export type Consumer = 'onMessage' | 'for await' | 'receive';

export interface Facts {
  name: string;
  peer: string;
  cookie: string;
  seconds: number;
  /** Whether the peer is tuned, so that it is not what bounds the speed. */
  tuned: boolean;
  /** Out: from Node.js to the peer. */
  direction: 'in' | 'out';
  /** The size of the binary in each message; 11 is `<<"hello world">>`. */
  bytes: number;
  consumer: Consumer | undefined;
}

export interface Outcome {
  messages: number;
  /** Milliseconds. */
  elapsed: number;
  before: Memory;
  /** One a second. */
  samples: Memory[];
  /** When nothing was sent for a few seconds, and garbage was collected. */
  after: Memory;
}
