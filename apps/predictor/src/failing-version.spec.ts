/** @file A version that loads well and then fails while it serves: it is withdrawn at the frame, and the one before serves
 *  on. */
import { type Evaluation, Forecast, type ModelRecord, type SwitchRecord } from '#contracts';
import type { SeriesStep } from '#forecasting';
import { expectSameUnderAnyCut, firstDifference, type InMemoryLog, pump } from '#kafka/testing';
import { describe, expect, test } from 'vitest';
import { framesTask } from './frames.task.js';
import { appendFrom, definitions, frames, OUTPUTS, read, Versions } from './testing/frames-world.js';

describe('a version that has no number to say at a frame', () => {
  const said = (log: InMemoryLog, partition: number) =>
    read<SwitchRecord>(log, 'models')
      .filter((one) => one.partition === partition)
      .map(({ type, version }) => `${type} ${version}`);
  const given = (switches: readonly SwitchRecord[]) => {
    const versions = new Versions();
    versions.fixed = switches;
    return versions;
  };
  /** A free run in which one version after the other is announced. */
  const announcing = (log: InMemoryLog, versions: Versions, ...names: readonly string[]) => {
    let batches = 0;
    return pump(framesTask({ definitions, versions }), log, {
      batchSize: () => {
        batches += 1;
        const version = names[Math.floor(batches / 4) - 1];
        if (version !== undefined) versions.announced = { version, at: '1' };
        return 10;
      },
    });
  };

  test('refuses it there, once, and goes on with the one before; no frame goes without a forecast', async () => {
    const log = frames(20, 1500);
    const { openings } = await announcing(log, new Versions(), 'seasonal-naive-1', 'last-value-fa');
    expect(openings).toBe(2 + 2);
    expect(said(log, 0)).toEqual([
      'switch seasonal-naive-1',
      'switch last-value-fa',
      'refusal last-value-fa',
      'switch seasonal-naive-1',
    ]);
    expect(said(log, 1)).toContain('refusal last-value-fa');
    const forecasts = read<unknown>(log, 'forecasts').map((one) => Forecast.parse(one));
    const evaluations = read<Evaluation>(log, 'evaluations');
    const ofStream = ({ stream }: { readonly stream: string }) => stream === 's';
    expect(forecasts.filter(ofStream)).toHaveLength(evaluations.filter(ofStream).length);
    const turns = log
      .read('forecasts', 0)
      .map(({ value }) => Forecast.parse(JSON.parse(String(value))))
      .filter(ofStream)
      .map(({ model, warmingUp }) => (warmingUp === null ? model.version : null))
      .filter((version, place, all) => version !== null && version !== all[place - 1]);
    expect([...new Set(turns)]).toEqual(['kalman-0', 'seasonal-naive-1', 'last-value-fa']);
    expect(turns.at(-1)).toBe('seasonal-naive-1');
  });

  test('writes the same under any cut and death, also when what was found dies with the process', async () => {
    const input = frames(21, 1200);
    const free = input.copy();
    await announcing(free, new Versions(), 'seasonal-naive-1', 'last-value-fa');
    // What the log held of each partition before anything failed.
    const switches = [0, 1].flatMap((partition) =>
      read<SwitchRecord>(free, 'models')
        .filter((one) => one.type === 'switch' && one.partition === partition)
        .filter(({ version }, place, all) => all.findIndex((one) => one.version === version) === place),
    );
    expect(switches.length).toBeGreaterThanOrEqual(3);
    const topics = [...OUTPUTS, 'models'];
    const task = () => framesTask({ definitions, versions: given(switches) });
    await expectSameUnderAnyCut(task, input, { topics, runs: 6, deathRate: 0.05 });

    const once = input.copy();
    await pump(task(), once);
    expect(said(once, 0)).toContain('refusal last-value-fa');
    const again = input.copy();
    const versions = given(switches);
    let deaths = 0;
    await pump(framesTask({ definitions, versions }), again, {
      batchSize: () => 30,
      kill: (moment) => {
        // What was found stands nowhere in the log yet.
        if (moment !== 'opened' || versions.withdrawn.length === 0 || deaths === 3) return false;
        deaths += 1;
        versions.withdrawn = [];
        versions.fixed = switches;
        return true;
      },
    });
    expect(deaths).toBe(3);
    expect(firstDifference(once, again, topics)).toBeNull();
  });

  test('stays withdrawn when the process that found it is gone: the log names the announcement', async () => {
    const log = frames(24, 600);
    const versions = new Versions();
    await announcing(log, versions, 'last-value-fa');
    const turn = ['switch last-value-fa', 'refusal last-value-fa', 'switch kalman-0'];
    expect(said(log, 0)).toEqual(turn);
    appendFrom(log, frames(24, 1200));
    const restarted = new Versions();
    restarted.announced = versions.announced;
    restarted.refused = read<ModelRecord>(log, 'models').filter((one) => one.type === 'refusal');
    await pump(framesTask({ definitions, versions: restarted }), log, { batchSize: () => 10 });
    expect(said(log, 0)).toEqual(turn);
    expect(restarted.loads).toBe(0);
  });

  const both = ['switch seasonal-naive-fa', 'switch last-value-fa', 'refusal last-value-fa'];
  test.each([
    ['at the same frame', 30, [...both, 'refusal seasonal-naive-fa', 'switch kalman-0']],
    [
      'at a later frame',
      31,
      [...both, 'switch seasonal-naive-fa', 'refusal seasonal-naive-fa', 'switch kalman-0'],
    ],
    ['at its first frame', 37, ['refusal seasonal-naive-fa', ...both.slice(1), 'switch kalman-0']],
  ])('goes back as far as the cold start where the one before fails too, %s', async (_, seed, expected) => {
    const log = frames(seed, 900);
    await announcing(log, new Versions(), 'seasonal-naive-fa', 'last-value-fa');
    expect(said(log, 0)).toEqual(expected);
  });

  test('takes the cold start where the one before does not load any more', async () => {
    const log = frames(23, 900);
    const versions = new Versions();
    const withdraw = versions.withdraw.bind(versions);
    versions.withdraw = (withdrawal) => {
      versions.broken.add('seasonal-naive-1');
      withdraw(withdrawal);
    };
    await announcing(log, versions, 'seasonal-naive-1', 'last-value-fa');
    expect(said(log, 0)).toEqual([
      'switch seasonal-naive-1',
      'switch last-value-fa',
      'refusal last-value-fa',
      'refusal seasonal-naive-1',
      'switch kalman-0',
    ]);
  });

  test('tries it again when it is announced again', async () => {
    const log = frames(24, 600);
    const versions = new Versions();
    await announcing(log, versions, 'last-value-fa');
    const turn = ['switch last-value-fa', 'refusal last-value-fa', 'switch kalman-0'];
    expect(said(log, 0)).toEqual(turn);
    appendFrom(log, frames(24, 1500));
    versions.announced = { version: 'last-value-fa', at: '2' };
    await pump(framesTask({ definitions, versions }), log, { batchSize: () => 10 });
    expect(said(log, 0)).toEqual([...turn, ...turn]);
  });
});

describe('a version that throws', () => {
  const throwing = (where: (step: SeriesStep<unknown>) => boolean) => {
    const versions = new Versions();
    const load = versions.load.bind(versions);
    versions.load = async (of, version) => {
      const model = await load(of, version);
      const { forecaster } = model;
      const advance: typeof forecaster.advance = (steps) =>
        steps.some(where) ? Promise.reject(new Error('bad allocation')) : forecaster.advance(steps);
      return { ...model, forecaster: { ...forecaster, advance } };
    };
    return versions;
  };
  const serve = async (versions: Versions) => {
    const log = frames(24, 400);
    let batches = 0;
    const report = await pump(framesTask({ definitions, versions }), log, {
      partitions: [0],
      batchSize: () => {
        batches += 1;
        if (batches === 4) versions.announced = { version: 'last-value-1', at: '1' };
        return 10;
      },
    });
    const said = read<ModelRecord>(log, 'models').map(({ type }) => type);
    const refused = read<ModelRecord>(log, 'models').filter((one) => one.type === 'refusal');
    return { ...report, said, problems: refused.map(({ problem }) => problem) };
  };

  test.each([
    ['at its first frame', () => true, ['refusal']],
    [
      'at a later one',
      ({ values }: SeriesStep<unknown>) => Number(values[0]) > 9.8,
      ['switch', 'refusal', 'switch'],
    ],
  ])('while it serves is withdrawn %s, and no frame is blamed for it', async (_, where, expected) => {
    const { openings, counts, said, problems } = await serve(throwing((step) => step.wanted && where(step)));
    expect(said).toEqual(expected);
    expect(problems[0]).toMatch(/bad allocation/);
    expect(openings).toBe(1 + 1);
    expect(counts).not.toHaveProperty('dead:POISON');
  });

  test('over its own past is refused when it is opened again; the cold start serves on, other streams untouched', async () => {
    let isSick = false;
    const versions = throwing(({ wanted }) => isSick && !wanted);
    const log = frames(24, 900);
    const announcedAt = 4;
    const sickFrom = 20;
    let batches = 0;
    const { openings, counts } = await pump(framesTask({ definitions, versions }), log, {
      partitions: [0],
      batchSize: () => {
        batches += 1;
        if (batches === announcedAt) versions.announced = { version: 'last-value-1', at: '1' };
        return 10;
      },
      kill: (moment) => {
        if (moment !== 'committed' || batches !== sickFrom || isSick) return false;
        return (isSick = true);
      },
    });
    expect(openings).toBe(1 + 1);
    expect(counts).not.toHaveProperty('dead:POISON');
    const said = read<ModelRecord>(log, 'models').map(({ type, version }) => `${type} ${version}`);
    expect(said).toEqual(['switch last-value-1', 'refusal last-value-1', 'switch kalman-0']);
    const refused = read<ModelRecord>(log, 'models').filter((one) => one.type === 'refusal');
    expect(refused[0]?.problem).toMatch(/bad allocation/);

    const forecasts = read<unknown>(log, 'forecasts').map((one) => Forecast.parse(one));
    const ofStream = ({ stream }: { readonly stream: string }) => stream === 's';
    expect(forecasts.filter(ofStream)).toHaveLength(
      read<Evaluation>(log, 'evaluations').filter(ofStream).length,
    );
    expect(forecasts.filter(ofStream).at(-1)?.model.version).toBe('kalman-0');
    const undisturbed = frames(24, 900);
    await pump(framesTask({ definitions, versions: new Versions() }), undisturbed, { partitions: [0] });
    const pointsOf = (of: readonly Forecast[]) =>
      new Map(
        of.map(({ stream, series, origin, channels: { a, b } }) => {
          return [`${stream} ${series} ${origin}`, [a?.point, b?.point]];
        }),
      );
    const expected = pointsOf(read<Forecast>(undisturbed, 'forecasts'));
    const byColdStart = forecasts.filter(({ model }) => model.version === 'kalman-0');
    for (const [place, points] of pointsOf(byColdStart)) expect(points, place).toEqual(expected.get(place));
  });

  test('while its states are built is refused, and the one in force serves on', async () => {
    const { openings, counts, said } = await serve(throwing(({ wanted }) => !wanted));
    expect(said).toEqual(['refusal']);
    expect(openings).toBe(1);
    expect(counts).not.toHaveProperty('dead:POISON');
  });
});
