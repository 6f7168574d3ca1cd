import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { ThrottledProgress } from './throttled-progress.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('throttled progress', () => {
  test('the first report goes at once, then the newest when the time is up', async () => {
    const written: number[] = [];
    const progress = new ThrottledProgress<number>(async (value) => written.push(value), 500);
    for (let value = 1; value <= 18; value++) {
      progress.report(value);
      await vi.advanceTimersByTimeAsync(100);
    }
    expect(written).toEqual([1, 5, 10, 15]);
    await progress.flush();
    expect(written).toEqual([1, 5, 10, 15, 18]);
  });

  test('one write is under way at most, and the newest follows it', async () => {
    const ends: (() => void)[] = [];
    const written: number[] = [];
    const progress = new ThrottledProgress<number>((value) => {
      written.push(value);
      return new Promise<void>((resolve) => ends.push(resolve));
    }, 500);
    for (let value = 1; value <= 9; value++) progress.report(value);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(written).toEqual([1]);
    const flushed = progress.flush();
    ends[0]?.();
    await vi.advanceTimersByTimeAsync(0);
    expect(written).toEqual([1, 9]);
    ends[1]?.();
    await flushed;
  });

  test('a write that fails stops nothing, and nothing to report writes nothing', async () => {
    const written: number[] = [];
    const progress = new ThrottledProgress<number>((value) => {
      written.push(value);
      return Promise.reject(new Error('no such job'));
    }, 500);
    await progress.flush();
    progress.report(1);
    progress.report(2);
    await progress.flush();
    expect(written).toEqual([1, 2]);
  });
});
