import { describe, expect, it } from 'vitest';
import { creationOf, NameTable, type Registration } from '../../../lib/epmd/name-table.ts';

const node = (name: string, highestVersion = 6): Registration => ({
  name,
  port: 1,
  nodeType: 77,
  protocol: 0,
  highestVersion,
  lowestVersion: 5,
  extra: Buffer.alloc(0),
});

describe('NameTable', () => {
  it('gives a name to one at a time, and lists the latest first', () => {
    const table = new NameTable(10);
    const first = table.register(node('a'), 1)!;
    table.register(node('b'), 2);
    expect(table.register(node('a'), 3)).toBeUndefined();
    expect(table.active().map((entry) => [entry.node.name, entry.connection])).toEqual([
      ['b', 2],
      ['a', 1],
    ]);
    table.unregister(first);
    expect(table.find('a')).toBeUndefined();
    expect(table.register(node('a'), 3)).toBeDefined();
    // Whoever had it before cannot take it away again.
    table.unregister(first);
    expect(table.find('a')).toMatchObject({ connection: 3 });
  });

  it('gives a new name the time as its creation, and one that comes back the next', () => {
    const table = new NameTable(10, () => 1_700_000_000_999);
    const creations = [6, 6, 5, 6].map((version) => {
      const entry = table.register(node('a', version), 1)!;
      table.unregister(entry);
      return creationOf(entry);
    });
    expect(creations).toEqual([1_700_000_001, 1_700_000_002, (1_700_000_003 % 3) + 1, 1_700_000_004]);
  });

  it('goes on behind the last creation of 32 bits with the fourth', () => {
    const table = new NameTable(10, () => 0xfffffffe * 1000);
    const creations = [1, 2].map(() => {
      const entry = table.register(node('a'), 1)!;
      table.unregister(entry);
      return creationOf(entry);
    });
    expect(creations).toEqual([0xffffffff, 4]);
  });

  it('remembers the thousand names that went last', () => {
    const table = new NameTable(10);
    for (let i = 0; i < 1_002; i++) table.unregister(table.register(node(`name${i}`), i)!);
    const unused = table.unused().map((entry) => entry.node.name);
    expect(unused).toHaveLength(1_000);
    expect([unused[0], unused.at(-1)]).toEqual(['name2', 'name1001']);
    table.register(node('name2'), 1);
    expect(table.unused()).toHaveLength(999);
  });
});
