/** Erlang modules that tests bring along. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** A folder of compiled modules, for `erl -pa`, and for files of the test. */
export class Modules {
  private constructor(readonly folder: string) {}

  /** @param sources - paths of `.erl` files */
  static async compile(...sources: string[]): Promise<Modules> {
    const folder = await mkdtemp(join(tmpdir(), 'hidden-node-test-'));
    await promisify(execFile)('erlc', ['-o', folder, ...sources]);
    return new Modules(folder);
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}
