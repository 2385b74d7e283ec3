/** The demo: a Node.js process joins three Erlang nodes and exchanges messages with them. `npm run demo` */
import { HiddenNode } from 'hidden-node';
import { Children } from './children.ts';
import { Cluster } from './cluster.ts';
import { MessageHandler } from './handler.ts';
import { Interrupted, Interruption } from './interruption.ts';
import { type DemoOptions, parseOptions, USAGE } from './options.ts';
import { Report } from './report.ts';
import type { Finding, Scene } from './scene.ts';
import { burstStep } from './steps/burst.ts';
import { epmdStep } from './steps/epmd.ts';
import { exchangeStep, MESSAGES_PER_PAIR } from './steps/exchange.ts';
import { joinStep } from './steps/join.ts';
import { pingStep } from './steps/ping.ts';
import { count } from './table.ts';
import { prepareToolchain } from './toolchain.ts';

const BEAMS = ['one@127.0.0.1', 'two@127.0.0.1', 'three@127.0.0.1'];
const NAME = 'js@127.0.0.1';

/** Starts the cluster, tells the story in it, and stops it, however the story ends. */
async function inCluster(options: DemoOptions, interruption: Interruption, report: Report): Promise<Finding[]> {
  const { signal } = interruption;
  const children = new Children((error) => interruption.fail(error));
  let cluster: Cluster | undefined;
  try {
    cluster = await start(children, signal, report);
    return await story(cluster, options, signal, report);
  } finally {
    await children.stop();
    await cluster?.stop();
  }
}

async function start(children: Children, signal: AbortSignal, report: Report): Promise<Cluster> {
  const begun = performance.now();
  report.step('Start', 'an EPMD and three Erlang nodes, each a process of its own');
  const toolchain = await prepareToolchain(children, signal);
  const cluster = await Cluster.start({ toolchain, nodes: BEAMS, children, signal });
  const since = `${((performance.now() - begun) / 1000).toFixed(1)} s`;
  const proof = `Erlang/OTP ${toolchain.release} is up after ${since}, with an EPMD of its own on port ${cluster.epmdPort}`;
  report.finding({ proof, problems: [] });
  return cluster;
}

/** Everything that happens while the cluster is up. */
async function story(
  cluster: Cluster,
  { burst }: DemoOptions,
  signal: AbortSignal,
  report: Report,
): Promise<Finding[]> {
  const { cookie, epmdPort, nodes: beams } = cluster;
  await using node = await HiddenNode.start({ name: NAME, cookie, epmd: { port: epmdPort }, signal });
  const scene: Scene = { node, handler: new MessageHandler(node), beams, epmdPort, burst, signal };
  const findings: Finding[] = [];
  const take = async (name: string, purpose: string, step: (scene: Scene) => Promise<Finding>) => {
    report.step(name, purpose);
    const finding = await step(scene);
    report.finding(finding);
    findings.push(finding);
  };
  await take('Join', `this process becomes ${NAME}, a hidden node`, joinStep);
  await take('EPMD', 'the name service tells every node where the others listen', epmdStep);
  await take('Ping', 'every node reaches every other', pingStep);
  await take(
    'Messages',
    `${count(MESSAGES_PER_PAIR)} from every node to every other; what the receivers hold`,
    exchangeStep,
  );
  await take('Burst', `${count(burst)} messages of 64 bytes each way, as fast as they go`, burstStep);
  return findings;
}

/** Prints how it ended; returns the exit code. */
function conclude(findings: Finding[], report: Report, start: number): number {
  const problems = findings.flatMap((finding) => finding.problems);
  const sum = (of: 'sent' | 'received') => findings.reduce((total, { messages }) => total + (messages?.[of] ?? 0), 0);
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  const figures = `${count(sum('sent'))} messages sent, ${count(sum('received'))} received`;
  if (problems.length === 0) report.verdict(true, `${figures}, each once and in order. ${seconds} s.`);
  else report.verdict(false, `${figures}. ${problems.length} of the checks failed; see above.`);
  return problems.length === 0 ? 0 : 1;
}

/** Prints why the demo ended early; returns the exit code. */
function giveUp(error: unknown, { signal }: Interruption, report: Report): number {
  // What was under way when the demo was ended rejects with errors of its own; the reason is what matters.
  const reason: unknown = signal.aborted ? signal.reason : error;
  const word = reason instanceof Interrupted ? 'STOPPED' : 'FAILED';
  report.unfinished(word, reason instanceof Error ? reason.message : String(reason));
  return reason instanceof Interrupted ? reason.exitCode : 1;
}

async function main(): Promise<number> {
  const start = performance.now();
  let options: DemoOptions | undefined;
  try {
    options = parseOptions(process.argv.slice(2));
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n${USAGE}\n`);
    return 2;
  }
  if (options === undefined) {
    process.stdout.write(`${USAGE}\n`);
    return 0;
  }
  const interruption = new Interruption();
  const report = new Report(process.stdout);
  try {
    report.title('hidden-node: a Node.js process joins three Erlang nodes');
    return conclude(await inCluster(options, interruption, report), report, start);
  } catch (error) {
    return giveUp(error, interruption, report);
  }
}

process.exitCode = await main();
