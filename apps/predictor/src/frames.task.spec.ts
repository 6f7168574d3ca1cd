import { DEAD_LETTER_HEADERS, READING_TIME_HEADER } from '#contracts';
import { coldStart } from '#engine';
import type { Forecaster } from '#forecasting';
import { expectSameUnderAnyCut, InMemoryLog, pump } from '#kafka/testing';
import { describe, expect, test } from 'vitest';
import { framesTask } from './frames.task.js';
import {
  appendFrom,
  definition,
  definitions,
  frames,
  HOUR,
  OUTPUTS,
  Versions,
} from './testing/frames-world.js';

describe('the frames task', () => {
  test('writes the same however its frames are cut and however often it dies, switch or no switch', async () => {
    const log = frames(1, 1500);
    await expectSameUnderAnyCut(() => framesTask({ definitions, versions: new Versions() }), log, {
      topics: OUTPUTS,
      runs: 6,
      deathRate: 0.05,
    });
  });

  test('tells the forecasts of two lives of a series apart that pass through the same grid steps', async () => {
    await expectSameUnderAnyCut(
      () => framesTask({ definitions, versions: new Versions() }),
      frames(42, 1000),
      { topics: OUTPUTS, runs: 6, deathRate: 0.03 },
    );
  });

  test('a frame that our code fails on is in no state, however often the partition is rebuilt', async () => {
    const versions = new Versions();
    const load = versions.load.bind(versions);
    versions.load = async (of, version) => {
      const model = await load(of, version);
      const { forecaster } = model;
      const failing: Forecaster = {
        ...forecaster,
        // Not the version itself: that would be withdrawn.
        advance: async (steps) =>
          (await forecaster.advance(steps)).map(({ state, paths }, place) => ({
            state,
            paths: paths && {
              deviation: paths.deviation,
              get point() {
                if ((steps[place]?.values[0] ?? 0) > 9.9) throw new TypeError('it is too much for us');
                return paths.point;
              },
            },
          })),
      };
      return { ...model, forecaster: failing };
    };
    const input = frames(15, 800);
    versions.fixed = [0, 1].map((partition) => {
      const [first] = input.read('frames', partition).filter(({ key }) => String(key).startsWith('s/'));
      const frameOffset = String(first?.offset);
      return {
        type: 'switch',
        stream: 's',
        partition,
        version: 'last-value-1',
        frameOffset,
        partitionTimeMs: 2e12,
      };
    });
    const task = () => framesTask({ definitions, versions });
    await expectSameUnderAnyCut(task, input, { topics: OUTPUTS, runs: 4, deathRate: 0.05 });
    const { counts } = await pump(task(), input.copy());
    expect(counts['dead:POISON']).toBeGreaterThan(2);
  });

  test('a frame under another key than its series has is put aside, or no rebuild would find it', async () => {
    const log = new InMemoryLog(1);
    for (let hour = 400; hour < 440; hour++) {
      log.time = hour * HOUR;
      const frame = {
        stream: 's',
        series: 'x',
        time: new Date(log.time).toISOString(),
        values: { a: hour % 7, b: 1 },
      };
      const key = [null, 's/y', 'other/x', 's/x'][hour % 4] ?? null;
      log.append({ topic: 'frames', partition: 0, key, value: JSON.stringify(frame) });
    }
    const served = log.copy();
    const { counts } = await pump(framesTask({ definitions, versions: new Versions() }), served);
    expect(counts).toMatchObject({ read: 40, evaluations: 10, 'dead:WRONG_TYPE': 30 });
    const [letter] = served.read('frames.dead', 0);
    expect(String(letter?.headers[DEAD_LETTER_HEADERS.message])).toContain('there is none, not "s/x"');
    const makeTask = () => framesTask({ definitions, versions: new Versions() });
    await expectSameUnderAnyCut(makeTask, log, { topics: OUTPUTS, runs: 6, deathRate: 0.1 });
  });

  test('a series whose frames retention has taken begins anew after a restart, and its neighbour notices nothing', async () => {
    const log = new InMemoryLog(2);
    const append = (series: string, hour: number) => {
      log.time += 1_000;
      const time = new Date(hour * HOUR).toISOString();
      const value = JSON.stringify({ stream: 's', series, time, values: { a: hour % 7, b: hour } });
      log.append({ topic: 'frames', partition: 0, key: `s/${series}`, value });
    };
    const lost: string[] = [];
    const task = framesTask({
      definitions,
      versions: new Versions(),
      onLost: (stream, series) => lost.push(`${series} of ${stream}`),
    });
    for (let hour = 18; hour < 30; hour++) append('silent', hour);
    for (let hour = 0; hour < 30; hour++) append('busy', hour);
    await pump(task, log);
    const whole = log.copy();
    log.truncate('frames', 0, 5n);
    for (const series of ['silent', 'busy']) append(series, 30);
    appendFrom(whole, log);
    const { counts } = await pump(task, log);
    expect(lost).toEqual(['1 of s']);
    expect(counts).toMatchObject({ lost: 1, evaluations: 2 });
    await pump(task, whole);
    expect(lost).toHaveLength(1);
    const newest = (of: InMemoryLog) => of.texts('evaluations')[0]?.slice(-2) ?? [];
    const [anew, neighbour] = newest(log);
    const [kept, same] = newest(whole);
    expect(neighbour).toEqual(same);
    expect(anew?.key).toBe('s/silent');
    expect(anew).not.toEqual(kept);
  });

  test('a forecast says when the reading came in that closed its frame', async () => {
    const log = new InMemoryLog(1);
    log.time = 5_000;
    for (const [hour, headers] of [
      [1, {}],
      [2, { [READING_TIME_HEADER]: '4000' }],
    ] as const) {
      const time = new Date(hour * HOUR).toISOString();
      const value = JSON.stringify({ stream: 's', series: 'x', time, values: { a: 1 } });
      log.append({ topic: 'frames', partition: 0, key: 's/x', value, headers });
    }
    await pump(framesTask({ definitions, versions: new Versions() }), log);
    const times = log.read('forecasts', 0).map(({ headers }) => String(headers[READING_TIME_HEADER]));
    expect(times).toEqual(['5000', '4000']);
  });
});

test('the cold start of the tests is the real one', () => {
  expect(coldStart(definition).version).toBe('kalman-0');
});
