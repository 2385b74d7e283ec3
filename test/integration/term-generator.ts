/** A seeded generator of terms, each with the Erlang source text of the same term, written without the encoder's help. */
import { atom } from '../../lib/term/atom.ts';
import { bitstring } from '../../lib/term/bitstring.ts';
import { charlist } from '../../lib/term/charlist.ts';
import { equals } from '../../lib/term/equals.ts';
import { ExportTerm } from '../../lib/term/export.ts';
import { Float, float } from '../../lib/term/float.ts';
import { KeyTable } from '../../lib/term/key-table.ts';
import { improperList } from '../../lib/term/list.ts';
import { Pid } from '../../lib/term/pid.ts';
import { Port } from '../../lib/term/port.ts';
import { Reference } from '../../lib/term/reference.ts';
import type { EncodableTerm, Term } from '../../lib/term/term.ts';
import { tuple } from '../../lib/term/tuple.ts';

/** A term twice: as a JavaScript value and as Erlang source. */
export interface Sample {
  value: EncodableTerm;
  source: string;
}

/** Mulberry32: numbers in [0, 1) that depend on nothing but the seed. */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const ODD_FLOATS = [0, -0, 1, -1, 0.1, 1e10, 1e22, 2 ** 53, 5e-324, 2.2250738585072014e-308, Number.MAX_VALUE, 1e-5];

export class Generator {
  readonly #random: () => number;
  readonly #made: readonly Term[];
  readonly #foreign: boolean;
  readonly #names: string[] = [];

  /**
   * @param made - terms that the Erlang node made: `codec_peer:made(N)` is the source of the Nth
   * @param foreign - whether to make what OTP 25 prints in ways of its own: pids, ports and references of other nodes, funs with
   *   names that are not ASCII, and maps of more than 32 keys, which it encodes in another order than it prints
   */
  constructor(seed: number, made: readonly Term[], foreign = true) {
    this.#random = seeded(seed);
    this.#made = made;
    this.#foreign = foreign;
  }

  term(depth: number): Sample {
    const kind = depth === 0 ? 99 : this.#below(16);
    switch (kind) {
      case 0:
        return this.#tuple(this.#samples(depth, 6));
      case 1:
        return this.#tuple(this.#samples(1, this.#below(20) === 0 ? 300 : 8));
      case 2:
      case 3:
        return this.#list(this.#samples(depth, 8));
      case 4:
        return this.#list(this.#times(this.#below(500), () => this.#same(this.#below(256))));
      case 5:
        return this.#improper(depth);
      case 6:
        return this.#map(this.#times(this.#below(7), () => [this.term(depth - 1), this.term(depth - 1)]));
      case 7:
        return this.#map(
          this.#times(this.#foreign && this.#below(10) === 0 ? 33 + this.#below(60) : 3, () => [
            this.leaf(),
            this.leaf(),
          ]),
        );
      case 8:
        return this.#object(depth);
      default:
        return this.leaf();
    }
  }

  leaf(): Sample {
    const makers = [
      () => this.#same(this.#below(256)),
      () => this.#same(this.#below(2 ** 32) - 2 ** 31),
      () => this.#same(Math.floor((this.#random() - 0.5) * 2 ** 54)),
      () => this.#same(this.#big(1 + this.#below(80))),
      () => this.#same(this.#big(1 + this.#below(4000))),
      () => this.#float(),
      () => this.#atom(),
      () => this.#special(),
      () => this.#binary(),
      () => this.#text(),
      () => this.#bits(),
      () => this.#charlist(),
      () => this.#pid(),
      () => this.#port(),
      () => this.#reference(),
      () => this.#export(),
      () => this.#own(),
    ];
    return makers[this.#below(makers.length)]();
  }

  #below(limit: number): number {
    return Math.floor(this.#random() * limit);
  }

  #times<T>(count: number, make: () => T): T[] {
    return Array.from({ length: count }, make);
  }

  #samples(depth: number, most: number): Sample[] {
    return this.#times(this.#below(most), () => this.term(depth - 1));
  }

  #same(value: number | bigint): Sample {
    return { value, source: String(value) };
  }

  #big(bits: number): bigint {
    const digits = this.#times(Math.ceil(bits / 32), () =>
      this.#below(2 ** 32)
        .toString(16)
        .padStart(8, '0'),
    ).join('');
    const magnitude = BigInt(`0x${digits}`) >> BigInt(this.#below(32));
    return this.#below(2) === 0 ? magnitude : -magnitude;
  }

  #float(): Sample {
    const view = new DataView(new ArrayBuffer(8));
    const kind = this.#below(4);
    if (kind === 0) view.setFloat64(0, ODD_FLOATS[this.#below(ODD_FLOATS.length)]);
    else if (kind === 1) view.setFloat64(0, this.#below(2 ** 40) / 1024);
    else view.setBigUint64(0, BigInt(this.#below(2 ** 32)) * 2n ** 32n + BigInt(this.#below(2 ** 32)));
    if (kind === 3) view.setUint16(0, view.getUint16(0) & 0x800f); // a subnormal number
    const value = view.getFloat64(0);
    if (!Number.isFinite(value)) return this.#float();
    return { value: float(value), source: `codec_peer:float(${view.getBigUint64(0)})` };
  }

  /** One of a bounded number of names: both sides limit how many atoms there are. */
  #name(): string {
    if (this.#names.length < 3000) this.#names.push(this.#newName());
    return this.#names[this.#below(this.#names.length)];
  }

  #newName(): string {
    const length = this.#below(4) === 0 ? this.#below(256) : this.#below(12);
    const above = [128, 256, 0xd800, 0x110000][this.#below(4)];
    const point = () => (above === 0x110000 && this.#below(2) ? 0x10000 + this.#below(0x100000) : this.#below(above));
    return String.fromCodePoint(...this.#times(length, () => Math.min(point(), 0x10ffff)).map(withoutSurrogates));
  }

  #atom(): Sample {
    const name = this.#name();
    return { value: atom(name), source: atomSource(name) };
  }

  #special(): Sample {
    const values = [true, false, undefined, null];
    const value = values[this.#below(4)];
    return { value, source: value === null ? 'nil' : String(value) };
  }

  #bytes(most: number): Buffer {
    const wide = this.#below(2) === 0;
    return Buffer.from(this.#times(this.#below(most), () => (wide ? this.#below(256) : 32 + this.#below(95))));
  }

  #binary(): Sample {
    const value = this.#bytes(this.#below(10) === 0 ? 5000 : 40);
    return { value, source: `<<${value.join(',')}>>` };
  }

  #text(): Sample {
    const value = this.#name();
    return { value, source: `<<${Buffer.from(value).join(',')}>>` };
  }

  #bits(): Sample {
    const bits = 1 + this.#below(7);
    const last = this.#below(2 ** bits);
    const whole = this.#bytes(20);
    const value = bitstring(Buffer.concat([whole, Buffer.from([last << (8 - bits)])]), bits);
    return { value, source: `<<${[...whole, `${last}:${bits}`].join(',')}>>` };
  }

  #charlist(): Sample {
    const text = this.#name();
    return { value: charlist(text), source: `[${Array.from(text, (c) => c.codePointAt(0)).join(',')}]` };
  }

  #node(): { name: string; creation: number } {
    if (!this.#foreign) return { name: 'nonode@nohost', creation: 0 };
    const name = ['nonode@nohost', 'a@b', 'wörld@host', '節@host'][this.#below(4)];
    return { name, creation: name === 'nonode@nohost' ? 0 : this.#below(2 ** 32) };
  }

  #pid(): Sample {
    const { name, creation } = this.#node();
    // A node refuses ids that it cannot have given out itself.
    const [id, serial] = [this.#below(2 ** 15), this.#below(2 ** 13)];
    const value = new Pid(atom(name), id, serial, creation);
    return { value, source: `codec_peer:pid(${atomSource(name)},${id},${serial},${creation})` };
  }

  #port(): Sample {
    const { name, creation } = this.#node();
    const id =
      name === 'nonode@nohost' || this.#below(2) === 0 ? this.#below(2 ** 28) : this.#big(64) ** 2n % 2n ** 64n;
    return {
      value: new Port(atom(name), id, creation),
      source: `codec_peer:port(${atomSource(name)},${id},${creation})`,
    };
  }

  #reference(): Sample {
    const { name, creation } = this.#node();
    // Not of one word: OTP 25 hashes such a reference of another node wrongly, so that large maps with it as a key are broken.
    const words = this.#times(name === 'nonode@nohost' ? 3 : 2 + this.#below(4), () => this.#below(2 ** 32));
    words[0] = this.#below(2 ** 18);
    return {
      value: new Reference(atom(name), creation, words),
      source: `codec_peer:ref(${atomSource(name)},${creation},[${words.join(',')}])`,
    };
  }

  #export(): Sample {
    const [module, name, arity] = [this.#exportName(), this.#exportName(), this.#below(256)];
    return {
      value: new ExportTerm(atom(module), atom(name), arity),
      source: `erlang:make_fun(${atomSource(module)},${atomSource(name)},${arity})`,
    };
  }

  #exportName(): string {
    if (this.#foreign) return this.#name();
    return String.fromCodePoint(...this.#times(this.#below(8), () => this.#below(128)));
  }

  #own(): Sample {
    const n = this.#below(this.#made.length);
    return { value: this.#made[n], source: `codec_peer:made(${n})` };
  }

  #tuple(elements: Sample[]): Sample {
    return { value: tuple(...elements.map((e) => e.value)), source: `{${elements.map((e) => e.source).join(',')}}` };
  }

  #list(elements: Sample[]): Sample {
    return { value: elements.map((e) => e.value), source: `[${elements.map((e) => e.source).join(',')}]` };
  }

  #improper(depth: number): Sample {
    const elements = [this.term(depth - 1), ...this.#samples(depth, 3)];
    const tail = this.#atom();
    const value = improperList<EncodableTerm>(
      elements.map((e) => e.value),
      tail.value,
    );
    return { value, source: `[${elements.map((e) => e.source).join(',')}|${tail.source}]` };
  }

  #map(pairs: [Sample, Sample][]): Sample {
    const map = new Map<EncodableTerm, EncodableTerm>();
    const seen = new KeyTable<true>(equals);
    const sources: string[] = [];
    for (const [key, value] of pairs) {
      // Before OTP 27, 0.0 and -0.0 are the same key.
      if ((key.value instanceof Float && key.value.value === 0) || !seen.add(key.value, true)) continue;
      map.set(key.value, value.value);
      sources.push(`${key.source} => ${value.source}`);
    }
    return { value: map, source: `#{${sources.join(',')}}` };
  }

  #object(depth: number): Sample {
    const object: Record<string, EncodableTerm> = {};
    const sources = new Map<string, string>();
    for (let i = this.#below(12); i > 0; i--) {
      const [name, { value, source }] = [this.#name(), this.term(depth - 1)];
      if (name === '__proto__') continue;
      object[name] = value;
      sources.set(name, `${atomSource(name)} => ${source}`);
    }
    return { value: object, source: `#{${[...sources.values()].join(',')}}` };
  }
}

function withoutSurrogates(point: number): number {
  return point >= 0xd800 && point <= 0xdfff ? 0x41 : point;
}

function atomSource(name: string): string {
  return `list_to_atom([${Array.from(name, (c) => c.codePointAt(0)).join(',')}])`;
}
