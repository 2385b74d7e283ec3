/** One question to an EPMD and its answer: finds the address, connects, sends, reads up to a limit, by one deadline. */
import { connect, type Socket } from 'node:net';
import { type Deadline, LONGEST_DELAY } from '../deadline.ts';
import { HiddenNodeError, isHiddenNodeError } from '../errors.ts';
import { type ResolvedAddress, resolveAddresses } from './resolve.ts';

/** Where an EPMD is, and the name that it is asked about: the facts of every error. */
export interface EpmdTarget {
  host: string;
  port: number;
  /** What `host` was resolved to before; absent, the resolver is asked. */
  addresses?: readonly ResolvedAddress[] | undefined;
  name?: string | undefined;
}

/** What to send and how to read the answer. */
export interface Question<T> {
  request: Buffer;
  /** The most bytes that an answer may have. */
  limit: number;
  /** Gives undefined while the answer is incomplete. `ended` is true once nothing follows. */
  decode(bytes: Buffer, ended: boolean): T | undefined;
  /** True when the end of the connection is what ends the answer: `decode` is then called once, at the end. */
  untilEnd?: boolean;
}

/** An answer, with the connection that it came by: the caller's to keep or to destroy. */
export interface Answer<T> {
  value: T;
  socket: Socket;
  /** The address that answered. */
  address: string;
}

/**
 * Asks an EPMD. Every address of the host is tried in order; the first that accepts the connection is the one asked.
 *
 * @param target - where, and about which name
 * @param question - what to send, how to read the answer
 * @param deadline - for everything together
 * @returns the answer and the open connection; after a failure no connection is left
 * @throws HiddenNodeError `host_unresolved`, `epmd_unreachable`, `epmd_timeout`, `epmd_protocol`, `aborted`
 */
export async function ask<T>(target: EpmdTarget, question: Question<T>, deadline: Deadline): Promise<Answer<T>> {
  const { socket, address } = await connectToAny(target, deadline);
  try {
    const answer = read(socket, target, question);
    socket.write(question.request);
    const value = await deadline.race(answer, () =>
      late(target, deadline, 'accepted the connection and did not answer'),
    );
    return { value, socket, address };
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

async function connectToAny(target: EpmdTarget, deadline: Deadline): Promise<{ socket: Socket; address: string }> {
  const addresses = target.addresses ?? (await resolveAddresses(target.host, { deadline }));
  const failures: HiddenNodeError[] = [];
  for (const [index, { address }] of addresses.entries()) {
    const left = addresses.length - index;
    try {
      return { socket: await connectTo(address, target, deadline, left), address };
    } catch (error) {
      if (!isHiddenNodeError(error) || error.code === 'aborted') throw error;
      failures.push(error);
      if (deadline.remaining() === 0) break;
    }
  }
  throw allFailed(target, failures);
}

/** @param left - addresses that are still to be tried, this one included */
async function connectTo(address: string, target: EpmdTarget, deadline: Deadline, left: number): Promise<Socket> {
  const tooLate = () => late(target, deadline, `did not accept a connection at ${address}`);
  deadline.check(tooLate);
  const socket = connect({ host: address, port: target.port });
  if (!deadline.hasRef()) socket.unref();
  const connected = new Promise<Socket>((resolve, reject) => {
    socket.once('connect', () => resolve(socket));
    // Stays for the socket's life: an error after this promise is settled must not end the process.
    socket.on('error', (cause) => reject(unreachable(target, `cannot be reached at ${address}`, cause)));
    socket.once('timeout', () => reject(tooLate()));
  });
  // An address that swallows packets must not use up the time of those behind it.
  if (left > 1) socket.setTimeout(Math.min(deadline.remaining() / left, LONGEST_DELAY));
  try {
    await deadline.race(connected, tooLate);
    return socket.setTimeout(0);
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

function allFailed(target: EpmdTarget, failures: HiddenNodeError[]): HiddenNodeError {
  if (failures.length === 1) return failures[0]!;
  if (failures.length === 0) {
    return new HiddenNodeError('host_unresolved', `the host '${target.host}' has no address`, { host: target.host });
  }
  // One silent address says more than a refusal by the others: somebody may be there.
  const code = failures.some((failure) => failure.code === 'epmd_timeout') ? 'epmd_timeout' : 'epmd_unreachable';
  const tried = failures.map((failure) => failure.message).join('; ');
  return new HiddenNodeError(code, `no address of EPMD answers: ${tried}`, facts(target), new AggregateError(failures));
}

function read<T>(socket: Socket, target: EpmdTarget, question: Question<T>): Promise<T> {
  const chunks: Buffer[] = [];
  let length = 0;
  return new Promise<T>((resolve, reject) => {
    const settle = (ended: boolean) => {
      try {
        const value = question.decode(Buffer.concat(chunks), ended);
        if (value !== undefined) return stop(() => resolve(value));
        if (ended) stop(() => reject(broken(target, `closed the connection after ${length} bytes of its answer`)));
      } catch (error) {
        stop(() => reject(isHiddenNodeError(error) ? broken(target, String(error.facts.violation)) : error));
      }
    };
    const onData = (chunk: Buffer) => {
      chunks.push(chunk);
      length += chunk.length;
      if (length > question.limit) {
        stop(() => reject(broken(target, `sent more than the ${question.limit} bytes that an answer can have`)));
      } else if (!question.untilEnd) settle(false);
    };
    const onEnd = () => settle(true);
    const onError = (cause: Error) => stop(() => reject(unreachable(target, 'broke the connection', cause)));
    // The readers leave with the answer: who keeps the connection attaches its own.
    const stop = (finish: () => void) => {
      socket.off('data', onData).off('end', onEnd).off('error', onError);
      finish();
    };
    socket.on('data', onData).on('end', onEnd).on('error', onError);
  });
}

/** The facts of every error about one EPMD. */
function facts({ host, port, name }: EpmdTarget): Record<string, unknown> {
  return name === undefined ? { host, port } : { host, port, name };
}

function subject({ host, port, name }: EpmdTarget): string {
  const at = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
  return name === undefined ? `EPMD at ${at}` : `EPMD at ${at}, asked about '${name}',`;
}

/** `epmd_unreachable` for this EPMD. */
export function unreachable(target: EpmdTarget, what: string, cause?: unknown): HiddenNodeError {
  const reason = (cause as NodeJS.ErrnoException | undefined)?.code;
  const why = reason === undefined ? '' : ` (${reason})`;
  return new HiddenNodeError('epmd_unreachable', `${subject(target)} ${what}${why}`, facts(target), cause);
}

/** `epmd_protocol` for this EPMD. */
export function broken(target: EpmdTarget, violation: string): HiddenNodeError {
  return new HiddenNodeError('epmd_protocol', `${subject(target)} ${violation}`, { ...facts(target), violation });
}

function late(target: EpmdTarget, deadline: Deadline, what: string): HiddenNodeError {
  const timeout = Math.round(deadline.timeout);
  return new HiddenNodeError('epmd_timeout', `${subject(target)} ${what} within ${timeout} ms`, {
    ...facts(target),
    timeout,
  });
}
