import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { answered, farewell, rest, retrying, waitMs } from './backoff.js';

const QUICK = { firstMs: 1, maxMs: 4 };

test('waits grow, stay below the maximum and never vanish', () => {
  fc.assert(
    fc.property(fc.nat(2_000), fc.double({ min: 0, max: 0.999, noNaN: true }), (attempt, random) => {
      const wait = waitMs(attempt, { firstMs: 100, maxMs: 3_000 }, () => random);
      expect(wait).toBeGreaterThanOrEqual(75);
      expect(wait).toBeLessThanOrEqual(3_000);
    }),
  );
  expect(waitMs(1, { firstMs: 100, maxMs: 3_000 }, () => 0)).toBe(200);
});

test('an outage is tried again until it ends', async () => {
  let tries = 0;
  const act = () => (++tries < 4 ? Promise.reject(new Error('away')) : Promise.resolve('back'));
  await expect(retrying(act, { isFinal: () => false, backoff: QUICK })).resolves.toBe('back');
  expect(tries).toBe(4);
});

type Options = Parameters<typeof retrying>[1];
test.each<[string, Options]>([
  ['a final error', { isFinal: () => true }],
  ['a deadline that has passed', { isFinal: () => false, deadlineMs: 0 }],
  ['an aborted signal', { isFinal: () => false, signal: AbortSignal.abort() }],
])('%s ends the tries with the error itself', async (_name, options) => {
  const error = new Error('away');
  let tries = 0;
  const act = () => Promise.reject(((tries += 1), error));
  await expect(retrying(act, { ...options, backoff: { firstMs: 50, maxMs: 50 } })).rejects.toBe(error);
  expect(tries).toBe(1);
});

test('the deadline counts from the failure, and anew where there was progress', async () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  try {
    /** A minute of work before each failure; done at the fifth try. */
    const failing = (progress: (tries: number) => unknown) => {
      let tries = 0;
      const act = () => {
        vi.setSystemTime(Date.now() + 60_000);
        return ++tries < 5 ? Promise.reject(new Error(`away ${tries}`)) : Promise.resolve(tries);
      };
      const options = { isFinal: () => false, deadlineMs: 30_000, backoff: QUICK };
      return retrying(act, { ...options, progress: () => progress(tries) });
    };
    await expect(failing(() => 'none')).rejects.toThrow('away 2');
    await expect(failing((tries) => tries)).resolves.toBe(5);
  } finally {
    vi.useRealTimers();
  }
});

test('an aborted rest comes back at once and without an error', async () => {
  await expect(rest(60_000, AbortSignal.abort())).resolves.toBeUndefined();
});

test('a call that hangs is an outage that names it', async () => {
  const hanging = answered(5, new Promise(() => undefined), 'a call');
  await expect(hanging).rejects.toMatchObject({
    code: 'BROKER_UNAVAILABLE',
    fate: 'retry',
    message: expect.stringContaining('a call took longer than 5 ms') as string,
  });
  await expect(answered(1_000, Promise.resolve(7), 'a call')).resolves.toBe(7);
});

test('a farewell that fails, or that nobody answers, is none the less one', async () => {
  await expect(farewell(Promise.reject(new Error('gone')))).resolves.toBeUndefined();
  await expect(farewell(new Promise(() => undefined), 5)).resolves.toBeUndefined();
});
