/**
 * A process of this node that answers as a gen_server does.
 * Erlang documentation: stdlib, `gen_server`.
 */
import { fileURLToPath } from 'node:url';
import { publishDropped } from '../diagnostics.ts';
import { HiddenNodeError } from '../errors.ts';
import { isOldMultiCall, replyTo } from '../process/gen-tag.ts';
import type { LocalProcess } from '../process/local-process.ts';
import type { Mailbox } from '../process/mailbox.ts';
import { NORMAL, type Processes } from '../process/processes.ts';
import { atom } from '../term/atom.ts';
import { decode } from '../term/decoder.ts';
import { encode } from '../term/encoder.ts';
import { excerpt } from '../term/excerpt.ts';
import { Pid } from '../term/pid.ts';
import type { EncodableTerm, Term } from '../term/term.ts';
import { tuple } from '../term/tuple.ts';
import { exitReason, sendable } from './exit-reason.ts';
import { NO_REPLY, type ServeOptions, type ServerFailure, type ServerHandlers } from './server-handlers.ts';
import { type From, type HandledRequest, type ServerRequest, serverRequest } from './server-requests.ts';
import { systemReply, terminateReason } from './system-messages.ts';
import { Tasks } from './tasks.ts';

const THIS_FILE = fileURLToPath(import.meta.url);
const OK = atom('ok');
const UNDEF = atom('undef');
const JS = atom('js');
const CALL = atom('call');
const SHUTDOWN = atom('shutdown');

/** What a server needs of its node. */
export interface ServerHost {
  readonly name: string;
  readonly processes: Processes;
}

const served = new WeakSet<Mailbox>();

/** A server that a program has made by {@link HiddenNode.serve}. */
export class Server implements AsyncDisposable {
  readonly #host: ServerHost;
  readonly #mailbox: Mailbox;
  readonly #process: LocalProcess;
  readonly #handlers: ServerHandlers;
  readonly #concurrency: number;
  readonly #crashes: boolean;
  readonly #tasks = new Tasks();
  #closing: Promise<void> | undefined;
  #terminated: Promise<void> | undefined;

  /**
   * Resolves when the server has ended and its `terminate` handler as well, to the reason: `mailbox_closed` when it was closed,
   * `exited` when an exit signal ended it or it crashed (`cause` is then what was thrown), `node_stopped`. It never rejects.
   */
  readonly ended: Promise<HiddenNodeError>;

  /** @internal */
  constructor(host: ServerHost, mailbox: Mailbox, handlers: ServerHandlers, options: ServeOptions) {
    const process = host.processes.find(mailbox.pid);
    if (process === undefined || served.has(mailbox)) {
      const message = 'a server is made of a mailbox of its node that is open and no server yet';
      throw new HiddenNodeError('invalid_argument', message, { name: mailbox.name });
    }
    served.add(mailbox);
    mailbox.onMessage(undefined);
    this.#host = host;
    this.#mailbox = mailbox;
    this.#process = process;
    this.#handlers = handlers;
    this.#concurrency = options.concurrency ?? 1;
    this.#crashes = options.crash ?? false;
    this.ended = mailbox.ended.then(async (error) => {
      await this.#terminate(reasonOf(error));
      return error;
    });
    void this.#serve();
  }

  /** The process identifier. */
  get pid(): Pid {
    return this.#mailbox.pid;
  }

  /** The name under which it is registered on its node, if it is. */
  get name(): string | undefined {
    return this.#mailbox.name;
  }

  /** True when the process has ended. */
  get closed(): boolean {
    return this.#mailbox.closed;
  }

  /**
   * Answers a call whose handler has returned `NO_REPLY`. Only the first answer counts.
   *
   * @param from - as the handler was given it
   * @param reply - any term
   * @returns false when the call was answered already, or the server has ended
   * @throws `not_a_term`, `term_too_deep`; it is not answered then
   * @see Erlang documentation: stdlib, `gen_server:reply/2`
   */
  reply(from: From, reply: EncodableTerm): boolean {
    if (from.answered || this.closed) return false;
    const to = replyTo(from.pid, from.tag);
    const message = tuple(from.tag, reply);
    // A caller whose connection is lost does not wait any more.
    const sender = this.#host.processes.nodes.existing(to.node);
    if (to instanceof Pid) sender?.send(to, message);
    else sender?.aliasSend(this.pid, to, message);
    from.answered = true;
    return true;
  }

  /**
   * Fails a call whose handler has returned `NO_REPLY`, as if the handler had thrown.
   *
   * @param error - as what a `call` handler throws
   * @returns false when the call was answered already, nobody waits for the answer, or the server has ended
   */
  fail(from: From, error: unknown): boolean {
    return this.#refuse(from, exitReason(error, THIS_FILE));
  }

  /**
   * Ends the server: it takes no more requests, the handlers under way end, `terminate` is called, and then the process ends. Callers that wait,
   * and processes that are linked or monitor it, are told the reason. A handler must not wait for this, since this waits for the handler; it may
   * call it and return its answer.
   *
   * @param reason - any term; default: the atom `normal`
   * @returns when the server has ended
   * @throws `not_a_term`
   * @see Erlang documentation: stdlib, `gen_server:stop/3`
   */
  async close(reason: EncodableTerm = NORMAL): Promise<void> {
    const term = decode(encode(reason), { floats: 'exact' });
    this.#closing ??= this.#tasks.fewerThan(1).then(() => this.#end(term, () => this.#mailbox.close(term)));
    await this.ended;
  }

  /** The same as {@link close}, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #serve(): Promise<void> {
    for (;;) {
      const next = await this.#next();
      if (next === undefined || this.#closing !== undefined) return;
      const work = this.#handle(serverRequest(next.message));
      if (work === undefined) continue;
      this.#tasks.add(work);
      await this.#tasks.fewerThan(this.#concurrency);
    }
  }

  async #next(): Promise<{ message: Term } | undefined> {
    try {
      return { message: await this.#mailbox.receive() };
    } catch {
      return undefined;
    }
  }

  /** What takes time is returned. It does not reject. */
  #handle(request: ServerRequest): Promise<void> | undefined {
    const handlers = this.#handlers;
    const { kind, from, content } = request;
    if (kind === 'system') return this.#system(from, content);
    if (handlers[kind] === undefined) return this.#unhandled(request);
    if (kind === 'call') return this.#run(request, () => handlers.call!(content, from));
    return this.#run(request, () => handlers[kind]!(content));
  }

  #unhandled({ kind, from, content }: HandledRequest): undefined {
    if (kind === 'call') this.#refuse(from, sendable(tuple(UNDEF, [tuple(JS, CALL, [content], [])])));
    else publishDropped(this.#host.name, this.name ?? 'pid', 'no_handler');
  }

  /** A handler that does not wait for anything costs no promise. */
  #run(request: HandledRequest, handler: () => unknown): Promise<void> | undefined {
    try {
      const result = handler();
      if (isThenable(result)) return this.#later(request, result);
      this.#done(request, result);
    } catch (error) {
      this.#failed(request, error);
    }
    return undefined;
  }

  async #later(request: HandledRequest, result: PromiseLike<unknown>): Promise<void> {
    try {
      this.#done(request, await result);
    } catch (error) {
      this.#failed(request, error);
    }
  }

  #done(request: HandledRequest, result: unknown): void {
    if (request.kind === 'call' && result !== NO_REPLY) this.reply(request.from, result as EncodableTerm);
  }

  #failed(request: HandledRequest, error: unknown): void {
    const { kind, from, content } = request;
    const waits = from !== undefined && !from.answered;
    this.#report(error, { kind, message: content, from }, waits || this.#crashes);
    if (this.#crashes) this.#crash(error);
    else if (waits) this.fail(from, error);
  }

  /** Ends one call as if the server had ended: what the caller monitors tells it so. */
  #refuse(from: From, reason: Term): boolean {
    if (from.answered || this.closed) return false;
    from.answered = true;
    const { watchers } = this.#host.processes;
    const monitor = isOldMultiCall(from.tag) ? watchers.latest(this.#process, from.pid) : from.monitor;
    return monitor !== undefined && watchers.tellOne(this.#process, monitor, reason);
  }

  async #system(from: From, request: Term): Promise<void> {
    const ending = terminateReason(request);
    if (ending !== undefined) {
      this.reply(from, OK);
      void this.close(ending.reason);
      return;
    }
    try {
      const { pid, name } = this;
      this.reply(from, await systemReply(request, { pid, name, handlers: this.#handlers }));
    } catch (error) {
      // The answer is nested too deeply.
      this.fail(from, error);
    }
  }

  #crash(error: unknown): void {
    const reason = exitReason(error, THIS_FILE);
    const message = `the server ${this.name ?? this.pid} crashed: ${excerpt(reason)}`;
    const crashed = new HiddenNodeError('exited', message, { name: this.name, reason, from: this.pid }, error);
    this.#closing ??= this.#end(reason, () => this.#mailbox.end(crashed, reason));
  }

  async #end(reason: Term, end: () => void): Promise<void> {
    await this.#terminate(reason);
    end();
  }

  #terminate(reason: Term): Promise<void> {
    this.#terminated ??= this.#callTerminate(reason);
    return this.#terminated;
  }

  async #callTerminate(reason: Term): Promise<void> {
    try {
      await this.#handlers.terminate?.(reason);
    } catch (error) {
      this.#report(error, { kind: 'terminate', message: reason, from: undefined }, false);
    }
  }

  /** @param known - whether somebody else is told of the error */
  #report(error: unknown, failure: ServerFailure, known: boolean): void {
    if (this.#handlers.error === undefined) {
      if (!known) uncaught(error);
      return;
    }
    try {
      this.#handlers.error(error, failure);
    } catch (another) {
      uncaught(another);
    }
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}

function uncaught(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}

/** Why the process behind a mailbox has ended. */
function reasonOf({ code, facts }: HiddenNodeError): Term {
  if (code === 'node_stopped') return SHUTDOWN;
  return 'reason' in facts ? (facts.reason as Term) : NORMAL;
}
