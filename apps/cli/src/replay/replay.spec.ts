import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatTime, StreamDefinition } from '#contracts';
import { type InputRecord, type OutputRecord } from '#kafka';
import { happeningNow } from './csv-replay.js';
import { Pace } from './pacing.js';
import { newestPublished, notYetPublished, type Tail } from './published-before.js';
import { Replay } from './replay.js';
import { shiftToNow, tickTime, type TimedReading, withTicks } from './timed-readings.js';

const HOUR = 3_600_000;
const definition = StreamDefinition.parse({
  stream: 'weather',
  channels: [{ name: 't' }],
  frequency: '1h',
  lateness: '5m',
});

function reading(series: string, time: number): TimedReading {
  return { time, reading: { stream: 'weather', series, time: formatTime(time), values: { t: time / HOUR } } };
}

const hours = (series: string, from: number, count: number) =>
  Array.from({ length: count }, (_, index) => reading(series, (from + index) * HOUR));
const never = new AbortController().signal;

function sink() {
  const sent: OutputRecord[][] = [];
  return { sent, send: (records: readonly OutputRecord[]) => Promise.resolve(void sent.push([...records])) };
}

describe('a replay', () => {
  test('sends every reading once and in order, wherever it is stopped on the way', async () => {
    const readings = hours('EWR', 0, 1_700);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 1_800 }), { maxLength: 5 }), async (stops) => {
        const { sent, send } = sink();
        const replay = new Replay(readings, { send });
        for (const stop of stops) await replay.run({ speed: 'max', until: stop * HOUR, signal: never });
        const furthest = Math.min(1_700, Math.max(0, ...stops));
        expect(replay.sent).toBe(furthest);
        await replay.run({ speed: 'max', signal: never });
        expect(replay.done).toBe(true);
        expect(sent.flat().map(({ value }) => value)).toEqual(
          readings.map((one) => JSON.stringify(one.reading)),
        );
      }),
      { numRuns: 20 },
    );
  });

  test('says its key, and tells how far it is after every send', async () => {
    const { sent, send } = sink();
    const replay = new Replay(hours('EWR', 0, 1_200), { send });
    const told: number[] = [];
    await replay.run({ speed: 'max', signal: never, onProgress: () => told.push(replay.sent) });
    expect(told).toEqual([500, 1_000, 1_200]);
    expect(sent[0]?.[0]).toMatchObject({ topic: 'readings', key: 'weather/EWR' });
  });

  test('goes on behind the last acknowledged send after a failure', async () => {
    const { sent, send } = sink();
    let broken = true;
    const replay = new Replay(hours('EWR', 0, 900), {
      send: (records) =>
        sent.length === 1 && broken ? Promise.reject(new Error('broker away')) : send(records),
    });
    await expect(replay.run({ speed: 'max', signal: never })).rejects.toThrow('broker away');
    expect(replay.sent).toBe(500);
    broken = false;
    await replay.run({ speed: 'max', signal: never });
    expect(sent.flat()).toHaveLength(900);
  });

  test('at a speed waits for what is not due, and ends with the signal', async () => {
    const { sent, send } = sink();
    const controller = new AbortController();
    // An hour in fifty milliseconds.
    const replay = new Replay(hours('EWR', 0, 100), { send });
    const run = replay.run({
      speed: HOUR / 50,
      signal: controller.signal,
      onProgress: () => replay.sent >= 3 && controller.abort(new Error('pressed')),
    });
    await expect(run).rejects.toThrow('pressed');
    expect(sent.flat().length).toBeLessThan(20);
  });
});

describe('a pace', () => {
  test('spreads event times over the clock, N times as fast', () => {
    const pace = new Pace(3_600, 10 * HOUR, 5_000);
    expect(pace.waitMs(10 * HOUR, 5_000)).toBe(0);
    expect(pace.waitMs(12 * HOUR, 5_000)).toBe(2_000);
    expect(pace.waitMs(12 * HOUR, 6_500)).toBe(500);
    expect(pace.waitMs(12 * HOUR, 9_000)).toBe(0);
    expect(new Pace('max', 0, 0).waitMs(99 * HOUR, 0)).toBe(0);
  });
});

describe('ticks', () => {
  test('follow the last reading of each series, in time order, and close its step', () => {
    const readings = [...hours('EWR', 0, 3), ...hours('JFK', 0, 5)].sort((a, b) => a.time - b.time);
    const all = withTicks(readings, definition);
    const ticks = all.filter((one) => one.reading.values === undefined);
    expect(ticks.map(({ reading: { series, time } }) => [series, time])).toEqual([
      ['EWR', '1970-01-01T03:05:00.000Z'],
      ['JFK', '1970-01-01T05:05:00.000Z'],
    ]);
    expect(all.map(({ time }) => time)).toEqual(all.map(({ time }) => time).sort((a, b) => a - b));
  });

  test('pass the end of the step by the lateness, on the grid or off it', () => {
    expect(tickTime(2 * HOUR, definition)).toBe(3 * HOUR + 300_000);
    expect(tickTime(2 * HOUR + 1, definition)).toBe(3 * HOUR + 300_000);
  });
});

describe('as if it happened now', () => {
  const csv = { definition, readings: hours('EWR', 0, 3), series: ['EWR'], notes: [] };
  const now = 1_000 * HOUR + 17 * 60_000;

  test('the last step has just closed, and the grid is kept', () => {
    const moved = happeningNow(csv, definition, now, false);
    expect(moved.readings.map(({ time }) => time / HOUR)).toEqual([997, 998, 999]);
    expect(moved.readings[2]?.reading.time).toBe(formatTime(999 * HOUR));
    expect(tickTime(999 * HOUR, definition)).toBeLessThanOrEqual(now);
  });

  test('live, the first reading is now', () => {
    expect(happeningNow(csv, definition, now, true).readings[0]?.time).toBe(1_000 * HOUR);
  });

  test('whatever the time, the shift is whole steps and leaves less than one', () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(), (end, clock) => {
        const by = shiftToNow(end, clock, definition);
        expect(Math.abs(by % HOUR)).toBe(0);
        expect(clock - end - by).toBeGreaterThanOrEqual(0);
        expect(clock - end - by).toBeLessThan(HOUR);
      }),
    );
  });
});

describe('what is there already', () => {
  const readings = [...hours('EWR', 0, 10), ...hours('JFK', 0, 10)];
  const seen = (series: string, lastFrame: number) => ({
    series,
    lastFrame: formatTime(lastFrame * HOUR),
    steps: 1,
    model: { kind: 'kalman' as const, version: 'kalman-0' },
    warmingUp: null,
  });

  /** One partition that holds these values. */
  function tail(values: readonly string[], timestamp = 10_000 * HOUR): Tail {
    const records = values.map((value, index): InputRecord => ({
      topic: 'readings',
      partition: 0,
      offset: BigInt(index),
      timestamp,
      key: null,
      value: Buffer.from(value),
      headers: {},
    }));
    return {
      bounds: () => Promise.resolve([{ partition: 0, low: 0n, end: BigInt(records.length) }]),
      async *range({ from }) {
        yield records.slice(Number(from));
      },
    };
  }
  const newest = (
    frames: Parameters<typeof newestPublished>[2],
    values: readonly string[] = [],
    timestamp?: number,
  ) => newestPublished(definition, ['EWR', 'JFK'], frames, tail(values, timestamp), never);

  test('nothing, if nothing is known', async () => {
    expect(notYetPublished(readings, await newest([]))).toMatchObject({ before: 0, rest: readings });
  });

  test('everything in the steps that have frames; the other series goes on', async () => {
    const { before, rest } = notYetPublished(readings, await newest([seen('EWR', 9), seen('LGA', 99)]));
    expect(before).toBe(10);
    expect(new Set(rest.map(({ reading: { series } }) => series))).toEqual(new Set(['JFK']));
  });

  test('everything before the newest reading, though it has no frame yet; that one may be sent twice', async () => {
    const published = [...hours('EWR', 0, 4), reading('JFK', 12 * HOUR)].map((one) =>
      JSON.stringify(one.reading),
    );
    const { rest } = notYetPublished(readings, await newest([seen('EWR', 1)], published));
    expect(rest.map(({ time }) => time / HOUR)).toEqual([3, 4, 5, 6, 7, 8, 9]);
  });

  test('only what has frames, where nobody can look at the topic', async () => {
    const known = await newestPublished(definition, ['EWR'], [seen('EWR', 9)], null, never);
    expect(known).toEqual(new Map([['EWR', 10 * HOUR]]));
  });

  test('a tick counts, as the end of a replay', async () => {
    const all = withTicks(readings, definition).map((one) => JSON.stringify(one.reading));
    expect(notYetPublished(readings, await newest([], all)).rest).toEqual([]);
  });

  test('not what is broken, foreign, or absurdly far ahead of its record', async () => {
    const values = [
      '{',
      '7',
      '{"stream":"other","series":"EWR","time":99999999999}',
      JSON.stringify(reading('EWR', 99 * HOUR).reading),
    ];
    expect(await newest([], values, 3 * HOUR)).toEqual(new Map());
  });
});
