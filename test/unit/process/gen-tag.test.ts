/** The forms in which callers of gen say where the answer goes. */
import { describe, expect, test } from 'vitest';
import { isOldMultiCall, monitorIn, replyTo } from '../../../lib/process/gen-tag.ts';
import { atom } from '../../../lib/term/atom.ts';
import { improperList } from '../../../lib/term/list.ts';
import '../../../lib/term/format.ts';
import { Pid } from '../../../lib/term/pid.ts';
import { Reference } from '../../../lib/term/reference.ts';
import type { Term } from '../../../lib/term/term.ts';
import { tuple } from '../../../lib/term/tuple.ts';

const node = atom('beam@127.0.0.1');
const caller = new Pid(node, 1, 2, 3);
const monitor = new Reference(node, 3, [1, 2, 3]);
const alias = new Reference(node, 3, [4, 5, 6]);
const ALIAS = atom('alias');
const list = (elements: Term[], tail: Term) => improperList<Term>(elements, tail);

interface Form {
  name: string;
  tag: Term;
  to: Pid | Reference;
  watch: Reference | undefined;
  old?: true;
}

const forms: Form[] = [
  { name: 'call since OTP 24', tag: list([ALIAS], alias), to: alias, watch: alias },
  { name: 'multi_call since OTP 26', tag: list([list([ALIAS], alias)], monitor), to: alias, watch: monitor },
  { name: 'call before OTP 24', tag: monitor, to: caller, watch: monitor },
  { name: 'send_request of OTP 23', tag: tuple(atom('$gen_request_id'), monitor), to: caller, watch: monitor },
  { name: 'multi_call before OTP 26', tag: tuple(monitor, node), to: caller, watch: undefined, old: true },
];

const strange: Form[] = [
  ...[5, undefined, null, [], [ALIAS], atom('x'), Buffer.from('x'), new Map(), tuple(), caller].map((tag) => ({
    name: `${tag}`,
    tag: tag as Term,
    to: caller,
    watch: undefined,
  })),
  { name: 'an alias that is none', tag: list([ALIAS], atom('x')), to: caller, watch: undefined },
  { name: 'another word', tag: list([atom('other')], monitor), to: caller, watch: monitor },
  { name: 'too many words', tag: list([ALIAS, ALIAS], monitor), to: caller, watch: monitor },
  { name: 'an alias in a proper list', tag: [list([ALIAS], alias), 1], to: alias, watch: undefined },
  { name: 'an alias deep down', tag: [[list([ALIAS], alias)]], to: caller, watch: undefined },
  { name: 'another pair', tag: tuple(monitor, 1), to: caller, watch: undefined },
  { name: 'no reference', tag: tuple(atom('$gen_request_id'), 1), to: caller, watch: undefined },
];

describe.each([...forms, ...strange])('the tag of $name', ({ tag, to, watch, old = false }) => {
  test('says where the answer goes, and by which monitor the caller watches', () => {
    expect(replyTo(caller, tag)).toBe(to);
    expect(monitorIn(tag)).toBe(watch);
    expect(isOldMultiCall(tag)).toBe(old);
  });
});
