/** The tools of the tests themselves: a node of another release is run through chroot, and must not outlive its test. */
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { ElixirNode } from '../helpers/elixir.ts';
import { ErlangNode } from '../helpers/erlang.ts';
import { describeElixirs, describeReleases } from '../helpers/releases.ts';
import { until } from '../helpers/until.ts';

/** Where processes can be looked at in /proc. */
const LINUX = process.platform === 'linux';

/** The numbers of a process and of all that it has started, and what that has started. */
function family(pid: number): number[] {
  const parents = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => [Number(name), parentOf(name)] as const);
  const members = [pid];
  for (const member of members) for (const [child, parent] of parents) if (parent === member) members.push(child);
  return members;
}

function parentOf(pid: string): number | undefined {
  return stateOf(pid)?.parent;
}

/** From the line `pid (name) state parent …`; undefined when there is no such process, or only its remains. */
function stateOf(pid: string | number): { parent: number } | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return state === 'Z' ? undefined : { parent: Number(parent) };
  } catch {
    return undefined;
  }
}

describeReleases('a node that is stopped', ({ options }) => {
  test.runIf(LINUX)('leaves no process behind', async () => {
    const node = await ErlangNode.start(options);
    expect(Number(await node.evaluate('list_to_integer(os:getpid())'))).toBe(node.pid);
    // With a program that waits, and the helper of the emulator that starts programs.
    await node.evaluate('put(port, open_port({spawn, "cat"}, []))');
    const all = family(node.pid);
    expect(all.length).toBeGreaterThan(1);
    await node.stop();
    await until('all of them to be gone', () => all.every((pid) => stateOf(pid) === undefined));
  });

  test('keeps bindings, and tells what an expression raises', async () => {
    await using node = await ErlangNode.start(options);
    expect(await node.evaluate('X = 1 + 1')).toBe('2');
    expect(await node.evaluate('X * 2')).toBe('4');
    await expect(node.evaluate('X = 3')).rejects.toThrow('{badmatch,3}');
    await expect(node.evaluate('erlang:error(broken)')).rejects.toThrow('raised broken');
  });
});

describeElixirs('a node that is stopped', ({ options }) => {
  test.runIf(LINUX)('leaves no process behind, keeps bindings, and tells what an expression raises', async () => {
    const node = await ElixirNode.start(options);
    expect(await node.evaluate('String.to_integer(to_string(:os.getpid()))')).toBe(String(node.pid));
    expect(await node.evaluate('x = 1 + 1')).toBe('2');
    expect(await node.evaluate('x * 2')).toBe('4');
    await expect(node.evaluate('raise "broken"')).rejects.toThrow('(RuntimeError) broken');
    const all = family(node.pid);
    await node.stop();
    await until('all of them to be gone', () => all.every((pid) => stateOf(pid) === undefined));
  });
});
