/** A real `epmd` of the test's own, on a port of its own, so that tests neither see nor disturb the machine's. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { killed } from './child.ts';

/** A port of the loopback interface that nothing listens on at the moment. */
export async function freePort(host = '127.0.0.1'): Promise<number> {
  const server = createServer();
  server.listen(0, host);
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

async function accepts(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

export class Epmd {
  #child: ChildProcess;

  private constructor(
    readonly port: number,
    child: ChildProcess,
  ) {
    this.#child = child;
  }

  /** @param flags - further arguments of `epmd` */
  static async start(port?: number, flags: string[] = []): Promise<Epmd> {
    const chosen = port ?? (await freePort());
    const env = { ...process.env };
    delete env.LD_PRELOAD;
    const child = spawn('epmd', ['-port', String(chosen), ...flags], { stdio: 'ignore', env });
    while (!(await accepts(chosen))) {
      if (child.exitCode !== null) throw new Error(`epmd ended with ${child.exitCode} on port ${chosen}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    return new Epmd(chosen, child);
  }

  get pid(): number {
    return this.#child.pid!;
  }

  async stop(): Promise<void> {
    await killed(this.#child);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}
