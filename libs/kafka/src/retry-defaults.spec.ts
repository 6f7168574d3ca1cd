import { expect, test } from 'vitest';
import { INIT_PRODUCER_RETRY, tune, tuneInitProducerRetries } from './retry-defaults.js';

test('the kafkajs that is installed has the defaults that we know', () => {
  expect(tuneInitProducerRetries()).toBe(true);
  expect(tuneInitProducerRetries()).toBe(true);
});

test('known defaults are overwritten in place', () => {
  const defaults = { maxRetryTime: 30_000, initialRetryTime: 300, factor: 0.2, multiplier: 2, retries: 5 };
  expect(tune(defaults)).toBe(true);
  expect(defaults).toEqual(INIT_PRODUCER_RETRY);
});

test.each([
  ['nothing', undefined],
  ['a missing number', { maxRetryTime: 1, initialRetryTime: 1, factor: 1, multiplier: 1 }],
  ['one more setting', { ...INIT_PRODUCER_RETRY, jitter: 1 }],
  ['a text', { ...INIT_PRODUCER_RETRY, retries: 'many' }],
  ['a frozen object', Object.freeze({ ...INIT_PRODUCER_RETRY })],
])('other defaults are left alone: %s', (_name, defaults) => {
  const before = structuredClone(defaults);
  expect(tune(defaults)).toBe(false);
  expect(defaults).toEqual(before);
});
