/** The terms that the codecs are measured with, in the vocabulary of hidden-node. Each is made anew from a number, so that no two are the same. */
import { atom, type EncodableTerm, tuple } from 'hidden-node';

/** One row of the table. */
export interface TermKind {
  name: string;
  /** One of them. Whole floats are left out: the rivals have no way to tell them from integers. */
  make(seed: number): EncodableTerm;
}

const ASCII = 'The quick brown fox jumps over the lazy dog. ';
const UNICODE = 'Größe, œuvre, ελληνικά, русский, 日本語, 한국어, 🎉 ';

/** The names in here were made up. */
function entries(seed: number): [string, EncodableTerm][] {
  return [
    ['id', 100_000 + seed],
    ['name', `user number ${seed}`],
    ['email', `user${seed}@example.com`],
    ['role', atom(seed % 2 === 0 ? 'admin' : 'member')],
    ['active', seed % 3 !== 0],
    ['age', 20 + (seed % 60)],
    ['score', 12.5 + seed / 16 + 1 / 3],
    ['tags', [atom('early'), atom('verified')]],
    ['balance', -1234 - seed],
    ['created_at', 1_700_000_000_000 + seed],
  ];
}

function order(seed: number): EncodableTerm {
  const item = (n: number): EncodableTerm => ({
    __struct__: atom('Elixir.Shop.Item'),
    sku: `sku-${1000 + n}`,
    quantity: 1 + (n % 5),
    price: 9.99 + n,
  });
  return {
    __struct__: atom('Elixir.Shop.Order'),
    id: 5_000_000 + seed,
    state: atom(seed % 2 === 0 ? 'paid' : 'open'),
    customer: {
      __struct__: atom('Elixir.Shop.Customer'),
      name: `customer ${seed}`,
      address: {
        __struct__: atom('Elixir.Shop.Address'),
        street: `${seed} Main Street`,
        city: 'Springfield',
        zip: null,
      },
    },
    items: [item(seed), item(seed + 1)],
    total: 19.98 + seed,
  };
}

function list(length: number, make: (i: number) => EncodableTerm): EncodableTerm {
  return Array.from({ length }, (_, i) => make(i));
}

export const TERMS: readonly TermKind[] = [
  { name: 'W1 tuple', make: (seed) => tuple(atom('send'), atom('js@host'), 'hello world', 1_234_567_890_123 + seed) },
  {
    name: '10-key map',
    make: (seed) => new Map(entries(seed).map(([key, value]) => [atom(key), value])),
  },
  { name: '10-key object', make: (seed) => Object.fromEntries(entries(seed)) },
  { name: 'nested structs', make: order },
  // The first is no byte, or all of them would go into a STRING_EXT if they were few enough.
  { name: '1000 small integers', make: (seed) => list(1000, (i) => 256 + ((i * 7919 + seed) % 10_000)) },
  { name: '100 floats', make: (seed) => list(100, (i) => (i + seed) * 1.1 + 0.01) },
  { name: '100 short strings', make: (seed) => list(100, (i) => `string ${i * 37 + seed}`) },
  { name: '100 tuples', make: (seed) => list(100, (i) => tuple(atom('ok'), i * 37 + seed)) },
  { name: '1 KiB binary', make: (seed) => Buffer.alloc(1024, seed + 1) },
  { name: '1 KiB ASCII text', make: (seed) => `${seed} ${ASCII.repeat(23)}`.slice(0, 1024) },
  { name: 'Unicode text', make: (seed) => `${seed} ${UNICODE.repeat(3)}` },
];
