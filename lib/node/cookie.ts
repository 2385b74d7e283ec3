/**
 * The cookie of the cluster: found where Erlang finds it, or where the caller or the environment say.
 *
 * Follows `auth` of OTP 25 and "Distributed Erlang", "Security", of the Erlang Reference Manual. A cookie is a password:
 * it appears in no message, no facts and no cause.
 */
import { constants, type FileHandle, open } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { HiddenNodeError } from '../errors.ts';

/** A cookie and where it comes from. */
export interface Cookie {
  /** 1 to 255 characters of Latin-1. Erlang digests them as Latin-1 bytes. */
  readonly value: string;
  readonly source: 'option' | 'environment' | 'file';
  /** The file, when there is one. */
  readonly path?: string;
}

/** Where to look for a cookie. */
export interface CookieOptions {
  /** The cookie itself: nothing else is looked at. */
  cookie?: string | undefined;
  /** The variables to look at, in place of the process's own. */
  environment?: NodeJS.ProcessEnv | undefined;
  /** The home directory, in place of `HOME` or the user's own. */
  home?: string | undefined;
}

/** `ERLANG_COOKIE` is a habit of container images, `RELEASE_COOKIE` is what releases made by Elixir's `mix release` read. */
const VARIABLES = ['ERLANG_COOKIE', 'RELEASE_COOKIE'] as const;

/** The longest cookie in characters: Erlang keeps it as an atom. */
const LONGEST = 255;

/** A file above this many bytes is refused unread: no cookie with its line end is as long. */
const LARGEST_FILE = 4096;

/**
 * Finds the cookie. In this order: the option, `ERLANG_COOKIE`, `RELEASE_COOKIE`, `~/.erlang.cookie`, and the user's directory
 * for settings (`$XDG_CONFIG_HOME` or `~/.config`, on macOS `~/Library/Application Support`) with `erlang/.erlang.cookie`.
 * An empty variable counts as absent; a file that exists and is not good ends the search, as in Erlang. Unlike Erlang, no file
 * is ever created: a cookie that only this node knows connects it to nobody.
 *
 * @param options - `cookie`, or where to look in place of the process's own environment and home
 * @returns the cookie and where it was found
 * @throws HiddenNodeError
 *   - `cookie_missing` when nothing was found (fact `looked`: every place), or a file could not be read (facts `path`, `reason`)
 *   - `cookie_invalid` when the cookie is no cookie: facts `source` and `reason`, with `path` or `variable`
 *   - `cookie_file_permissions` when group or others have a right to the file: facts `path` and `mode`
 */
export async function resolveCookie(options: CookieOptions = {}): Promise<Cookie> {
  const { cookie, environment = process.env } = options;
  if (cookie !== undefined) return { value: checked(cookie, { source: 'option' }), source: 'option' };
  for (const variable of VARIABLES) {
    const value = environment[variable];
    if (value) return { value: checked(value, { source: 'environment', variable }), source: 'environment' };
  }
  const files = cookieFiles(environment, options.home ?? (environment.HOME || homedir()));
  for (const path of files) {
    const value = await readCookieFile(path);
    if (value !== undefined) return { value, source: 'file', path };
  }
  const looked = ['the cookie option', ...VARIABLES, ...files];
  throw new HiddenNodeError(
    'cookie_missing',
    `no cookie was found; looked at ${looked.join(', ')}. Give the cookie of the cluster by one of them`,
    { looked },
  );
}

/**
 * The files in which Erlang looks for a cookie, in its order.
 *
 * @param environment - where to look for `XDG_CONFIG_HOME`
 * @param home - the home directory
 * @param platform - `darwin` keeps settings elsewhere
 */
export function cookieFiles(environment: NodeJS.ProcessEnv, home: string, platform = process.platform): string[] {
  const settings =
    platform === 'darwin'
      ? join(home, 'Library', 'Application Support')
      : environment.XDG_CONFIG_HOME || join(home, '.config');
  return [join(home, '.erlang.cookie'), join(settings, 'erlang', '.erlang.cookie')];
}

/** Undefined when there is no such file. */
async function readCookieFile(path: string): Promise<string | undefined> {
  let file: FileHandle | undefined;
  try {
    // Opened first and looked at through the handle, so that what is checked is what is read; a pipe must not block.
    file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    return await readChecked(file, path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    throw error instanceof HiddenNodeError ? error : unreadable(path, code ?? String(error), error);
  } finally {
    await file?.close();
  }
}

async function readChecked(file: FileHandle, path: string): Promise<string> {
  const status = await file.stat();
  if (!status.isFile()) throw unreadable(path, 'it is no regular file');
  if ((status.mode & 0o077) !== 0) throw accessible(path, status.mode & 0o777);
  if (status.size > LARGEST_FILE)
    throw invalid({ source: 'file', path }, `the file is longer than ${LARGEST_FILE} bytes`);
  // Read by length, because a file can grow after it was looked at.
  const { buffer, bytesRead } = await file.read(Buffer.alloc(LARGEST_FILE), 0, LARGEST_FILE, 0);
  return cookieInFile(buffer.toString('latin1', 0, bytesRead), path);
}

/**
 * What Erlang takes from the file: everything up to the first character outside of visible ASCII and space, behind which only
 * line ends and spaces may follow. Spaces before the line end therefore belong to the cookie.
 */
function cookieInFile(text: string, path: string): string {
  const [, value] = /^([ -~]*)(?:[\r\n][\r\n ]*)?$/.exec(text) ?? [];
  const place = { source: 'file', path } as const;
  if (value === undefined) throw invalid(place, 'the file holds something other than one line of printable ASCII');
  return checked(value, place);
}

type Place = { source: 'option' } | { source: 'environment'; variable: string } | { source: 'file'; path: string };

function checked(value: string, place: Place): string {
  if (typeof value !== 'string') throw invalid(place, 'it is no string');
  if (value === '') throw invalid(place, 'it is empty');
  if (value.length > LONGEST) throw invalid(place, `it has ${value.length} characters, more than ${LONGEST}`);
  if (/\p{Cc}/u.test(value)) throw invalid(place, 'it holds a control character, such as a line end');
  if (/[^ -\xff]/.test(value)) throw invalid(place, 'it holds a character outside of Latin-1');
  return value;
}

function invalid(place: Place, reason: string): HiddenNodeError {
  const where = { option: 'option', environment: 'environment', file: 'file' }[place.source];
  const which = 'path' in place ? ` ${place.path}` : 'variable' in place ? ` variable ${place.variable}` : '';
  return new HiddenNodeError('cookie_invalid', `the cookie of the ${where}${which} is no cookie: ${reason}`, {
    ...place,
    reason,
  });
}

function accessible(path: string, bits: number): HiddenNodeError {
  const mode = bits.toString(8).padStart(4, '0');
  return new HiddenNodeError(
    'cookie_file_permissions',
    `the cookie file ${path} has mode ${mode}; only its owner may have access: chmod 400 ${path}`,
    { path, mode },
  );
}

function unreadable(path: string, reason: string, cause?: unknown): HiddenNodeError {
  return new HiddenNodeError(
    'cookie_missing',
    `the cookie file ${path} could not be read: ${reason}`,
    { path, reason },
    cause,
  );
}
