import { execFileSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { cookieFiles, resolveCookie } from '../../../lib/node/cookie.ts';

let home: string;
let homeFile: string;
let settingsFile: string;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'cookie-'));
  homeFile = join(home, '.erlang.cookie');
  settingsFile = cookieFiles({}, home)[1]!;
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(home, { recursive: true, force: true });
});

async function write(path: string, text: string | Buffer, mode = 0o400): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
  await chmod(path, mode);
}

const fromHome = () => resolveCookie({ environment: {}, home });

describe('resolveCookie', () => {
  it('looks at the option, ERLANG_COOKIE, RELEASE_COOKIE, the home and the settings, in this order', async () => {
    await write(homeFile, 'of-home');
    await write(settingsFile, 'of-settings');
    const environment: NodeJS.ProcessEnv = { ERLANG_COOKIE: 'of-erlang', RELEASE_COOKIE: 'of-release' };
    const find = (cookie?: string) => resolveCookie({ cookie, environment, home });
    expect(await find('of-option')).toEqual({ value: 'of-option', source: 'option' });
    expect(await find()).toEqual({ value: 'of-erlang', source: 'environment' });
    environment.ERLANG_COOKIE = '';
    expect(await find()).toEqual({ value: 'of-release', source: 'environment' });
    delete environment.RELEASE_COOKIE;
    expect(await find()).toEqual({ value: 'of-home', source: 'file', path: homeFile });
    await rm(homeFile);
    expect(await find()).toEqual({ value: 'of-settings', source: 'file', path: settingsFile });
  });

  it("takes the process's own environment", async () => {
    vi.stubEnv('ERLANG_COOKIE', 'of-process');
    expect((await resolveCookie()).value).toBe('of-process');
    vi.stubEnv('ERLANG_COOKIE', '');
    vi.stubEnv('RELEASE_COOKIE', '');
    vi.stubEnv('HOME', home);
    await write(homeFile, 'of-home');
    expect(await resolveCookie()).toEqual({ value: 'of-home', source: 'file', path: homeFile });
  });

  it('names every place that was looked at, and creates nothing', async () => {
    await expect(fromHome()).rejects.toMatchObject({
      code: 'cookie_missing',
      facts: { looked: ['the cookie option', 'ERLANG_COOKIE', 'RELEASE_COOKIE', homeFile, settingsFile] },
    });
    await expect(fromHome()).rejects.toThrow(homeFile);
  });

  it.each([
    ['abc', 'abc'],
    ['abc\n', 'abc'],
    ['abc\r\n\n \n', 'abc'],
    ['abc ', 'abc '],
    ['abc \n', 'abc '],
    [' a b~', ' a b~'],
  ])('takes %j from a file as Erlang does: %j', async (text, value) => {
    await write(homeFile, text);
    expect((await fromHome()).value).toBe(value);
  });

  it.each([
    ['two lines', 'one\ntwo'],
    ['a tabulator', 'abc\t'],
    ['a first empty line', '\nabc'],
    ['Latin-1', Buffer.from('secr\xe9t', 'latin1')],
    ['a NUL', 'abc\0'],
    ['nothing', ''],
    ['only a line end', '\n'],
    ['256 characters', 'a'.repeat(256)],
    ['more than any cookie', 'a'.repeat(10_000)],
  ])('refuses a file of %s', async (_what, text) => {
    await write(homeFile, text);
    await write(settingsFile, 'good');
    await expect(fromHome()).rejects.toMatchObject({
      code: 'cookie_invalid',
      facts: { source: 'file', path: homeFile, reason: expect.any(String) },
    });
  });

  it.each([0o440, 0o404, 0o444, 0o644, 0o410, 0o401, 0o620])('refuses a file of mode %o', async (mode) => {
    await write(homeFile, 'secret', mode);
    const octal = `0${mode.toString(8)}`;
    await expect(fromHome()).rejects.toMatchObject({
      code: 'cookie_file_permissions',
      facts: { path: homeFile, mode: octal },
      message: expect.stringContaining(`chmod 400 ${homeFile}`),
    });
  });

  it.each([0o400, 0o600, 0o700])('takes a file of mode %o', async (mode) => {
    await write(homeFile, 'secret', mode);
    expect((await fromHome()).value).toBe('secret');
  });

  it('says cookie_missing with a reason for what is no regular file', async () => {
    await mkdir(homeFile);
    await expect(fromHome()).rejects.toMatchObject({
      code: 'cookie_missing',
      facts: { path: homeFile, reason: 'it is no regular file' },
    });
  });

  it('does not wait for a writer when the file is a pipe', async () => {
    execFileSync('mkfifo', ['-m', '400', homeFile]);
    await expect(fromHome()).rejects.toMatchObject({ code: 'cookie_missing', facts: { path: homeFile } });
  });

  it('keeps the cause when a file cannot be opened', async () => {
    await writeFile(join(home, 'file'), '');
    const below = join(home, 'file');
    await expect(resolveCookie({ environment: {}, home: below })).rejects.toMatchObject({
      code: 'cookie_missing',
      facts: { path: join(below, '.erlang.cookie'), reason: 'ENOTDIR' },
      cause: { code: 'ENOTDIR' },
    });
  });

  it.each(['a', 'a'.repeat(255), 'secr\xe9t', 'with space'])('takes %j as an option', async (cookie) => {
    expect((await resolveCookie({ cookie })).value).toBe(cookie);
  });

  const BAD = ['', 'a'.repeat(256), 'top\0secret', 'topsecret\n', 'topsecret\x7f', 'topsecret\x85', 'topsecret€', 7];

  it.each(BAD)('refuses %j as an option', async (cookie) => {
    await expect(resolveCookie({ cookie: cookie as string })).rejects.toMatchObject({
      code: 'cookie_invalid',
      facts: { source: 'option', reason: expect.any(String) },
    });
  });

  it('names the variable that holds no cookie', async () => {
    await expect(resolveCookie({ environment: { RELEASE_COOKIE: 'topsecret\n' }, home })).rejects.toMatchObject({
      code: 'cookie_invalid',
      facts: { source: 'environment', variable: 'RELEASE_COOKIE' },
    });
  });

  it('never shows a cookie in an error', async () => {
    await write(homeFile, 'topsecret\nmore');
    const open = join(home, 'open');
    await write(join(open, '.erlang.cookie'), 'topsecret', 0o644);
    const errors = await Promise.all(
      [
        resolveCookie({ cookie: `topsecret${'a'.repeat(250)}` }),
        resolveCookie({ cookie: 'topsecret\n' }),
        resolveCookie({ cookie: 'topsecret€' }),
        resolveCookie({ environment: { ERLANG_COOKIE: 'topsecret\n' } }),
        fromHome(),
        resolveCookie({ environment: {}, home: open }),
      ].map((finding) => finding.then(() => 'found', inspect)),
    );
    for (const shown of errors) {
      expect(shown).toContain('HiddenNodeError');
      expect(shown).not.toMatch(/topsecret|aaaa/);
    }
  });
});

describe('cookieFiles', () => {
  it('follows filename:basedir(user_config, "erlang")', () => {
    expect(cookieFiles({}, '/h', 'linux')).toEqual(['/h/.erlang.cookie', '/h/.config/erlang/.erlang.cookie']);
    expect(cookieFiles({ XDG_CONFIG_HOME: '/x' }, '/h', 'linux')[1]).toBe('/x/erlang/.erlang.cookie');
    expect(cookieFiles({ XDG_CONFIG_HOME: '' }, '/h', 'linux')[1]).toBe('/h/.config/erlang/.erlang.cookie');
    expect(cookieFiles({ XDG_CONFIG_HOME: '/x' }, '/h', 'darwin')[1]).toBe(
      '/h/Library/Application Support/erlang/.erlang.cookie',
    );
  });
});
