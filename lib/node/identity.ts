/** Who this node is: its name, its creation, and the process identifiers and references that it makes. */
import { randomInt } from 'node:crypto';
import { binding, type NativeCNode } from '../binding.ts';
import { HiddenNodeError } from '../errors.ts';
import { type Atom, atom } from '../term/atom.ts';
import { Pid } from '../term/pid.ts';
import { Reference } from '../term/reference.ts';
import type { NodeName } from './name.ts';

const REFERENCE_WORDS = 3;

/** How many references are made at a time: a call into the addon costs more than a reference. */
const REFERENCES = 64;

/** The smallest creation that no old node can have had. */
const FIRST_CREATION = 4;

export class Identity {
  readonly atom: Atom;
  /** Tells this incarnation of the node from earlier ones of the same name. Erlang documentation: "Distribution Protocol", creation. */
  readonly creation = randomInt(FIRST_CREATION, 2 ** 32);
  readonly cnode: NativeCNode;
  readonly #pidWords = new Uint32Array(2);
  readonly #referenceWords = new Uint32Array(REFERENCES * REFERENCE_WORDS);
  #nextReference = this.#referenceWords.length;

  /**
   * @param cookie - Latin-1 text
   * @throws `native_failure` when ei refuses
   */
  constructor(
    readonly name: NodeName,
    cookie: string,
  ) {
    this.atom = atom(name.full);
    try {
      this.cnode = new binding.CNode(name.full, name.alive, name.host, cookie, this.creation);
    } catch (cause) {
      throw new HiddenNodeError(
        'native_failure',
        `ei refused the identity of ${name.full}`,
        { name: name.full },
        cause,
      );
    }
  }

  makePid(): Pid {
    const words = this.#pidWords;
    this.cnode.makePid(words);
    return new Pid(this.atom, words[0], words[1], this.creation);
  }

  makeReference(): Reference {
    const words = this.#referenceWords;
    if (this.#nextReference === words.length) {
      this.cnode.makeReferences(words);
      this.#nextReference = 0;
    }
    const at = this.#nextReference;
    this.#nextReference = at + REFERENCE_WORDS;
    return new Reference(this.atom, this.creation, [words[at], words[at + 1], words[at + 2]]);
  }

  /** True for a pid or reference that this incarnation made. */
  owns(identifier: Pid | Reference): boolean {
    return identifier.node === this.atom && identifier.creation === this.creation;
  }
}
