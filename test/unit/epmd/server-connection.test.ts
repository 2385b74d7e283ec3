import { describe, expect, it } from 'vitest';
import { limitUnsent, MOST_UNSENT } from '../../../lib/epmd/server-connection.ts';

describe('limitUnsent', () => {
  const connection = (unsent: number) => ({
    unsent,
    closed: false,
    close() {
      this.closed = true;
    },
  });

  it('closes the oldest until what is left may wait', () => {
    const half = MOST_UNSENT / 2;
    const all = [connection(0), connection(half), connection(1), connection(half), connection(half)];
    limitUnsent(all);
    expect(all.map(({ closed }) => closed)).toEqual([false, true, true, false, false]);
  });

  it('leaves alone what may wait', () => {
    const all = [connection(MOST_UNSENT - 1), connection(1)];
    limitUnsent(all);
    expect(all.map(({ closed }) => closed)).toEqual([false, false]);
  });
});
