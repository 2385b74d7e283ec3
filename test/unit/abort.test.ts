import { getEventListeners } from 'node:events';
import { expect, test } from 'vitest';
import { offAbort, onAbort } from '../../lib/abort.ts';

test('any number of waits put one listener on a signal, and none when they are over', () => {
  const { signal } = new AbortController();
  const callbacks = Array.from({ length: 100 }, () => () => undefined);
  for (const callback of callbacks) onAbort(signal, callback);
  expect(getEventListeners(signal, 'abort')).toHaveLength(1);
  for (const callback of callbacks) offAbort(signal, callback);
  expect(getEventListeners(signal, 'abort')).toHaveLength(0);
});

test('every wait hears of the abort once, but for those that were taken back, also during it', () => {
  const abort = new AbortController();
  const heard: string[] = [];
  const third = () => heard.push('third');
  onAbort(abort.signal, () => {
    heard.push('first');
    offAbort(abort.signal, third);
  });
  const second = () => heard.push('second');
  onAbort(abort.signal, second);
  onAbort(abort.signal, third);
  offAbort(abort.signal, second);
  abort.abort();
  abort.abort();
  expect(heard).toEqual(['first']);
  expect(getEventListeners(abort.signal, 'abort')).toHaveLength(0);
});
