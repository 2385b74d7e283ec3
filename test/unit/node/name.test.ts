import { describe, expect, it } from 'vitest';
import { HiddenNodeError } from '../../../lib/errors.ts';
import { assertSameDomain, parseNodeName } from '../../../lib/node/name.ts';

function refusal(text: string): HiddenNodeError {
  try {
    parseNodeName(text);
  } catch (error) {
    if (error instanceof HiddenNodeError) return error;
    throw error;
  }
  throw new Error(`${JSON.stringify(text)} was taken for a node name`);
}

describe('parseNodeName', () => {
  it.each([
    ['js@myhost', 'js', 'myhost', false],
    ['js@127.0.0.1', 'js', '127.0.0.1', true],
    ['js@host.example.org', 'js', 'host.example.org', true],
    ['js@::1', 'js', '::1', true],
    ['js@fe80::1%eth0', 'js', 'fe80::1%eth0', true],
    ['A_9-z@h', 'A_9-z', 'h', false],
    ['-@_', '-', '_', false],
  ])('takes %s apart', (full, alive, host, long) => {
    expect(parseNodeName(full)).toEqual({ full, alive, host, long });
  });

  it.each([
    ['js', /has no host; add one/],
    ['', /has no host/],
    ['@host', /before the '@'/],
    ['@', /before the '@'/],
    ['js@', /after the '@'/],
    ['js@a@b', /more than one '@'/],
    ['j s@host', /before the '@' only/],
    ['j.s@host', /before the '@' only/],
    ['jé@host', /before the '@' only/],
    ['js\n@host', /before the '@' only/],
    ['js@my host', /visible characters/],
    ['js@host\n', /visible characters/],
    ['js@ho\0st', /visible characters/],
    ['js@h\x7f', /visible characters/],
    ['js@münchen', /xn--/],
    [`js@${'h'.repeat(253)}`, /256 characters; at most 255/],
  ])('refuses %j and says how to mend it', (text, reason) => {
    const error = refusal(text);
    expect(error.code).toBe('invalid_node_name');
    expect(error.facts).toEqual({ name: text, reason: expect.stringMatching(reason) });
    expect(error.message).toMatch(reason);
  });

  it('takes a name of 255 characters', () => {
    expect(parseNodeName(`js@${'h'.repeat(252)}`).full).toHaveLength(255);
  });

  it('refuses what is no string', () => {
    expect(refusal(undefined as unknown as string).code).toBe('invalid_node_name');
  });

  it('keeps the message of a hostile name to one short line', () => {
    const { message } = refusal(`a\n[error] forged${'x'.repeat(100_000)}`);
    expect(message).not.toContain('\n');
    expect(message.length).toBeLessThan(500);
  });
});

describe('assertSameDomain', () => {
  const check = (own: string, peer: string) => assertSameDomain(parseNodeName(own), parseNodeName(peer));

  it.each([
    ['js@a', 'app@b'],
    ['js@a.org', 'app@127.0.0.1'],
    ['js@a', 'app@::1'],
    ['js@::1', 'app@b'],
    ['js@::1', 'app@b.org'],
  ])('lets %s and %s meet', (own, peer) => {
    expect(() => check(own, peer)).not.toThrow();
  });

  it.each([
    ['js@a', 'app@b.org'],
    ['js@a.org', 'app@b'],
    ['js@a', 'app@::ffff:127.0.0.1'],
    ['js@a', 'app@b:c'],
  ])('keeps %s and %s apart', (own, peer) => {
    expect(() => check(own, peer)).toThrow(
      expect.objectContaining({ code: 'name_domain_mismatch', facts: { name: own, peer } }),
    );
  });

  it('names both and the kind of each', () => {
    expect(() => check('js@a', 'app@b.org')).toThrow(/'js@a' has a short name and 'app@b.org' has a long name/);
  });
});
