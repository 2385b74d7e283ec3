/** The command line of the suite. */
import { parseArgs } from 'node:util';
import { PEERS, type PeerKind, WORKLOADS, type Workload } from './results.ts';

export const USAGE = `npm run bench -- [WHAT...] [OPTIONS]

WHAT is any of ${WORKLOADS.join(', ')} and codec; default: all of them.

  --peer default|tuned|both   the peer as it comes, or with the socket options of tunePeer; default: both
  --rounds N                  how often each is run, in turn with the others; default: 7
  --quick                     a fifth of the messages, for a first look
  --contestants A,B           only these, of hidden-node, node-net, beam, ei, limit, jinterface
  --against DIR               another checkout of the library, set up for the suite, as one more contestant
  --json FILE                 keeps every figure
  --html FILE                 writes a page with plots
  --markdown FILE             writes the table of targets`;

export interface Arguments {
  workloads: readonly Workload[];
  codec: boolean;
  peers: readonly PeerKind[];
  rounds: number;
  quick: boolean;
  contestants: readonly string[] | undefined;
  against: string | undefined;
  json: string | undefined;
  html: string | undefined;
  markdown: string | undefined;
  help: boolean;
}

const WHAT: readonly string[] = [...WORKLOADS, 'codec'];

function peersOf(text: string): readonly PeerKind[] {
  if (text === 'both') return PEERS;
  const found = PEERS.find((each) => each === text);
  if (found === undefined) throw new Error(`--peer is default, tuned or both, not ${text}`);
  return [found];
}

function roundsOf(text: string): number {
  const rounds = Number(text);
  if (Number.isInteger(rounds) && rounds > 0) return rounds;
  throw new Error(`--rounds is a whole number from 1, not ${text}`);
}

/** @throws an error whose message is for people */
export function readArguments(args: readonly string[]): Arguments {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      peer: { type: 'string', default: 'both' },
      rounds: { type: 'string', default: '7' },
      quick: { type: 'boolean', default: false },
      contestants: { type: 'string' },
      against: { type: 'string' },
      json: { type: 'string' },
      html: { type: 'string' },
      markdown: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  const unknown = positionals.find((each) => !WHAT.includes(each));
  if (unknown !== undefined) throw new Error(`there is no workload ${unknown}: it is one of ${WHAT.join(', ')}`);
  const chosen = positionals.length === 0 ? WHAT : positionals;
  return {
    workloads: WORKLOADS.filter((each) => chosen.includes(each)),
    codec: chosen.includes('codec'),
    peers: peersOf(values.peer),
    rounds: roundsOf(values.rounds),
    quick: values.quick,
    contestants: values.contestants?.split(','),
    against: values.against,
    json: values.json,
    html: values.html,
    markdown: values.markdown,
    help: values.help,
  };
}
