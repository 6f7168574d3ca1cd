import { getEventListeners } from 'node:events';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { pause, underEither, unlessAborted, within } from './waiting.js';

const never = () => new Promise<never>(() => undefined);

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('within', () => {
  test('what comes in time counts, an error too, and no timer is left', async () => {
    await expect(within(1_000, Promise.resolve(7), () => 8)).resolves.toBe(7);
    await expect(within(1_000, Promise.reject(new Error('x')), () => 8)).rejects.toThrow('x');
    expect(vi.getTimerCount()).toBe(0);
  });

  test('at the deadline `late` decides: a value, or an error', async () => {
    const refused = within(1_000, never(), () => {
      throw new Error('too late');
    });
    const given = within(1_000, never(), () => 8);
    const refusal = expect(refused).rejects.toThrow('too late');
    await vi.advanceTimersByTimeAsync(1_000);
    await refusal;
    await expect(given).resolves.toBe(8);
  });
});

describe.each([
  ['unlessAborted', (signal: AbortSignal) => unlessAborted(never(), signal)],
  ['pause', (signal: AbortSignal) => pause(60_000, signal)],
])('%s', (_name, wait) => {
  test('ends with the reason of the signal, and leaves nothing', async () => {
    const ending = new AbortController();
    const left = wait(ending.signal);
    ending.abort(new Error('enough'));
    await expect(left).rejects.toThrow('enough');
    await expect(wait(ending.signal)).rejects.toThrow('enough');
    expect(vi.getTimerCount()).toBe(0);
  });
});

test('without an abort, work has its own end and a pause the given one', async () => {
  const { signal } = new AbortController();
  const leaving = vi.spyOn(signal, 'removeEventListener');
  await expect(unlessAborted(Promise.resolve(7), signal)).resolves.toBe(7);
  await expect(unlessAborted(Promise.reject(new Error('x')), signal)).rejects.toThrow('x');
  const paused = pause(1_000, signal);
  await vi.advanceTimersByTimeAsync(1_000);
  await expect(paused).resolves.toBeUndefined();
  expect(leaving).toHaveBeenCalledTimes(3);
});

describe('underEither', () => {
  const two = () => [new AbortController(), new AbortController()] as const;

  test.each([0, 1])(
    'the signal is aborted with signal %i, before or later, for its reason',
    async (which) => {
      const controllers = two();
      const signals = controllers.map(({ signal }) => signal);
      const waits = underEither(signals, (either) => unlessAborted(never(), either));
      controllers[which]?.abort(new Error('enough'));
      await expect(waits).rejects.toThrow('enough');
      await expect(underEither(signals, (either) => Promise.resolve(either.aborted))).resolves.toBe(true);
    },
  );

  test('leaves nothing in signals that live on: neither a listener nor one that depends on them', async () => {
    const signals = two().map(({ signal }) => signal);
    const traces = () =>
      signals.map((signal) => [getEventListeners(signal, 'abort').length, dependants(signal)]);
    await underEither(signals, () => Promise.resolve());
    expect(traces()).toEqual([
      [0, 0],
      [0, 0],
    ]);
    AbortSignal.any(signals);
    expect(traces()).toEqual([
      [0, 1],
      [0, 1],
    ]);
  });
});

/** Node keeps them under a symbol of its own. */
function dependants(signal: AbortSignal): number {
  const own = Object.getOwnPropertySymbols(signal).find((one) => one.description === 'kDependantSignals');
  return own === undefined ? 0 : ((signal as unknown as Record<symbol, Set<unknown>>)[own]?.size ?? 0);
}
