/** What an EPMD does about each request: who may ask what, and what becomes of the connection. Knows no socket. */
import { creationOf, type Entry, NameTable } from './name-table.ts';
import {
  encodeAliveAnswer,
  encodeDumpAnswer,
  encodeKillAnswer,
  encodeNamesAnswer,
  encodePortAnswer,
  encodeStopAnswer,
  parseRequest,
  type Request,
} from './server-protocol.ts';

/** Who asks. */
export interface Asker {
  /** The number of the connection. */
  readonly connection: number;
  /** True for one that comes over loopback. Others may only ask for names. */
  readonly local: boolean;
}

/** What to send, and what to do then. */
export type Reply =
  /** Close the connection; and that of `stopped`, whose name was taken away. */
  | { action: 'close'; bytes?: Buffer; stopped?: Entry | undefined }
  /** Keep the connection: for as long as it is open, its node has the name of `entry`. */
  | { action: 'keep'; bytes: Buffer; entry: Entry }
  /** Keep the connection as one that has not asked yet. epmd leaves it to a node that it refused to go. */
  | { action: 'wait'; bytes: Buffer }
  /** End EPMD. */
  | { action: 'end'; bytes: Buffer };

const CLOSE: Reply = { action: 'close' };

const OPEN_TO_ALL: ReadonlySet<Request['kind']> = new Set(['port', 'names']);

export interface NameServiceOptions {
  /** Whether KILL_REQ and STOP_REQ are obeyed. */
  allowKill: boolean;
  /** How many names can be registered at once. */
  maxNames: number;
}

export class NameService {
  readonly table: NameTable;

  /**
   * @param port - that of EPMD, which some answers name
   */
  constructor(
    public port: number,
    private readonly options: NameServiceOptions,
  ) {
    this.table = new NameTable(options.maxNames);
  }

  /** @param body - one whole request behind its length */
  handle(body: Buffer, asker: Asker): Reply {
    const request = parseRequest(body);
    if (request === undefined || !(asker.local || OPEN_TO_ALL.has(request.kind))) return CLOSE;
    switch (request.kind) {
      case 'alive':
        return this.#register(request, asker);
      case 'port':
        return { action: 'close', bytes: encodePortAnswer(this.table.find(request.name)) };
      case 'names':
        return { action: 'close', bytes: encodeNamesAnswer(this.port, this.table.active()) };
      case 'dump':
        return {
          action: 'close',
          bytes: encodeDumpAnswer(this.port, this.table.active(), this.table.unused()),
        };
      case 'kill':
        return { action: this.options.allowKill ? 'end' : 'close', bytes: encodeKillAnswer(this.options.allowKill) };
      case 'stop':
        return this.options.allowKill ? this.#stop(request.name) : CLOSE;
    }
  }

  #register({ highestVersion, registration }: Request & { kind: 'alive' }, { connection }: Asker): Reply {
    const entry = registration && this.table.register(registration, connection);
    const bytes = encodeAliveAnswer(highestVersion, entry && creationOf(entry));
    return entry === undefined ? { action: 'wait', bytes } : { action: 'keep', bytes, entry };
  }

  #stop(name: string | undefined): Reply {
    const entry = name === undefined ? undefined : this.table.find(name);
    if (entry !== undefined) this.table.unregister(entry);
    return { action: 'close', bytes: encodeStopAnswer(entry !== undefined), stopped: entry };
  }
}
