/** A real `erl` with the module of the codec tests, and the files through which bulk data goes. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { ErlangNode } from '../helpers/erlang.ts';

const SOURCE = fileURLToPath(new URL('./erlang/codec_peer.erl', import.meta.url));

export class TermPeer {
  private constructor(
    readonly erlang: ErlangNode,
    readonly folder: string,
  ) {}

  static async start(): Promise<TermPeer> {
    const folder = await mkdtemp(join(tmpdir(), 'hidden-node-term-'));
    await promisify(execFile)('erlc', ['-o', folder, SOURCE]);
    return new TermPeer(await ErlangNode.start({ arguments: ['-pa', folder] }), folder);
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  /** Calls a function of the Erlang module with a source text of arguments; `<name>` stands for a file of the folder. */
  async call(text: string): Promise<string> {
    return this.erlang.evaluate(`codec_peer:${text.replaceAll(/<(\w+)>/g, (_, name) => `"${this.path(name)}"`)}`);
  }

  async write(name: string, records: Iterable<Uint8Array | string>): Promise<void> {
    const chunks: Buffer[] = [];
    for (const record of records) {
      const bytes = Buffer.from(record as Uint8Array);
      const length = Buffer.alloc(4);
      length.writeUInt32BE(bytes.length);
      chunks.push(length, bytes);
    }
    await writeFile(this.path(name), Buffer.concat(chunks));
  }

  async read(name: string): Promise<Buffer[]> {
    const bytes = await readFile(this.path(name));
    const records: Buffer[] = [];
    for (let at = 0; at < bytes.length; ) {
      const end = at + 4 + bytes.readUInt32BE(at);
      records.push(bytes.subarray(at + 4, end));
      at = end;
    }
    return records;
  }

  async stop(): Promise<void> {
    await this.erlang.stop();
    await rm(this.folder, { recursive: true });
  }
}
