import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { HeldClock, settle } from './testing/held-clock.js';
import { atMostEvery, Repeater } from './rhythm.js';

describe('at most every', () => {
  test('any rhythm of requests: runs stay an interval apart and the last request is served', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 400 }), { maxLength: 40 }), async (pauses) => {
        const timers = new HeldClock();
        const runs: number[] = [];
        const request = atMostEvery(250, () => runs.push(timers.now), timers);
        let lastRequest = -1;
        for (const pause of pauses) {
          await timers.move(pause);
          request();
          lastRequest = timers.now;
        }
        await timers.move(1_000);
        expect(runs.every((at, k) => k === 0 || at - runs[k - 1]! >= 250)).toBe(true);
        expect(runs.at(-1) ?? -1).toBeGreaterThanOrEqual(lastRequest);
      }),
    );
  });

  test('the first request after quiet runs at once', () => {
    const runs: number[] = [];
    const timers = new HeldClock();
    atMostEvery(250, () => runs.push(timers.now), timers)();
    expect(runs).toEqual([0]);
  });
});

describe('a repeater', () => {
  const scripted = (answers: boolean[]) => {
    const timers = new HeldClock();
    const starts: number[] = [];
    const repeater = new Repeater(
      async () => {
        starts.push(timers.now);
        return answers[starts.length - 1] ?? true;
      },
      () => 1_000,
      timers,
      5_000,
    );
    return { timers, starts, repeater };
  };

  test('waits twice as long after every failure in a row, up to its limit, and recovers at once', async () => {
    const { timers, starts, repeater } = scripted([true, false, false, false, false, true, true]);
    repeater.start();
    await settle();
    await timers.move(30_000);
    expect(starts.slice(0, 8)).toEqual([0, 1_000, 3_000, 7_000, 12_000, 17_000, 18_000, 19_000]);
  });

  test('asked to run soon, it does not wait', async () => {
    const { timers, starts, repeater } = scripted([]);
    repeater.start();
    await settle();
    await timers.move(10);
    repeater.soon();
    await settle();
    expect(starts).toEqual([0, 10]);
    expect(timers.waiting).toEqual([1_000]);
  });

  test('never overlaps itself: asked during a run, it runs once more after it', async () => {
    const timers = new HeldClock();
    let open = 0;
    let most = 0;
    let runs = 0;
    const ends: (() => void)[] = [];
    const repeater = new Repeater(
      async () => {
        runs += 1;
        most = Math.max(most, (open += 1));
        await new Promise<void>((end) => ends.push(end));
        open -= 1;
        return true;
      },
      () => 1_000,
      timers,
    );
    repeater.start();
    repeater.soon();
    repeater.soon();
    expect(runs).toBe(1);
    ends.shift()!();
    await settle();
    await timers.move(0);
    expect(runs).toBe(2);
    ends.shift()!();
    await settle();
    await timers.move(0);
    expect([runs, most]).toEqual([2, 1]);
  });

  test('stopped, it runs no more', async () => {
    const { timers, starts, repeater } = scripted([]);
    repeater.start();
    await settle();
    repeater.stop();
    await timers.move(10_000);
    expect(starts).toEqual([0]);
    expect(timers.waiting).toEqual([]);
  });
});
