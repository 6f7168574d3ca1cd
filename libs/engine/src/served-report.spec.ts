import { compiledExecutor } from '#compute';
import { type Forecast, formatTime, type ModelKind, StreamDefinition } from '#contracts';
import { describe, expect, test } from 'vitest';
import { Draws } from './draws.js';
import { HistoryBuilder, type StreamHistory } from './history.js';
import { framesBetween } from './judge.js';
import { coldStart, loadVersion } from './load-version.js';
import { fitBaselines } from './refit.js';
import { RollingOrigin } from './rolling-origin.js';
import { servedReport, type ServedReportRequest } from './served-report.js';
import { trainingSet } from './training-set.js';

const HOUR = 3_600_000;
const STEPS = 900;
const SERVED_FROM = 700;
const definition = StreamDefinition.parse({
  stream: 's',
  frequency: '1h',
  lookback: 12,
  horizon: 5,
  season: 6,
  channels: [{ name: 'a' }],
  model: { memory: 24 },
});

/** A wave with noise in two series, the first so many steps. */
function wave(steps: number): StreamHistory {
  const builder = new HistoryBuilder(definition);
  for (const series of ['x', 'y']) {
    const draws = new Draws(series === 'x' ? 1 : 2, 'weights', 0);
    for (let step = 0; step < steps; step++) {
      const a = Math.round(1_000 * (Math.sin((2 * Math.PI * step) / 6) + draws.normal() / 4)) / 1_000;
      builder.add({ stream: 's', series, time: formatTime(step * HOUR), values: { a } });
    }
  }
  return builder.build();
}

const history = wave(STEPS);
const trainedOn = wave(SERVED_FROM);
const cold = coldStart(definition);
const { drafts } = fitBaselines({ ranges: [], seed: 1 }, trainingSet(trainedOn));
const executor = compiledExecutor();

/** A version of what the training fitted. */
function versionOf(kind: ModelKind) {
  const stored = drafts.find(({ artifact }) => artifact.kind === kind);
  if (stored === undefined) throw new Error(`no ${kind} was fitted`);
  return { stored, version: `${kind}-1` };
}
const kalman = versionOf('kalman');

/** What is published when the cold start serves, and from the switch on a champion. */
async function publishedWith(champion: typeof kalman | null): Promise<string[]> {
  const before = framesBetween(history, 0, SERVED_FROM);
  const after = framesBetween(history, SERVED_FROM, STEPS);
  const first = new RollingOrigin(definition, cold, cold);
  const results = await first.advance(before);
  if (champion === null) results.push(...(await first.advance(after)));
  else {
    const model = await loadVersion(champion.stored, champion.version, definition, executor);
    const second = new RollingOrigin(definition, model, cold);
    await second.replay(before);
    results.push(...(await second.advance(after)));
  }
  return results.flatMap(({ forecast }) => (forecast === null ? [] : [JSON.stringify(forecast)]));
}

async function* inTurn(texts: readonly string[]): AsyncGenerator<string> {
  for (const text of texts) yield await Promise.resolve(text);
}

/** A ridge stands in for the network: the report asks no version for its kind. */
function report(published: readonly string[], change: Partial<ServedReportRequest> = {}) {
  return servedReport({
    history,
    trainedOn,
    network: versionOf('ridge'),
    champion: null,
    servedFrom: () => SERVED_FROM * HOUR,
    published: inTurn(published),
    seed: 1,
    executor,
    ...change,
  });
}

describe('the report', () => {
  test.each([
    ['a version that was promoted', kalman],
    ['the cold start, which stayed', null],
  ])('has a row for every forecaster, and what was served equals the row of %s', async (_, champion) => {
    const published = await publishedWith(champion);
    const { rows, asServed, champion: name, differing } = await report(published, { champion });
    expect(rows.map((row) => row.name)).toEqual(['last-value', 'seasonal-naive', 'ridge', 'kalman', 'ridge']);
    expect(new Set(rows.map(({ origins }) => origins))).toEqual(new Set([2 * (STEPS - SERVED_FROM)]));
    expect(name).toBe(champion === null ? 'kalman-0' : 'kalman-1');
    expect(differing).toBe(0);
    expect({ ...asServed, name: 'kalman' }).toEqual(rows[3]);
  });

  test('counts a published forecast that the loop would not have made', async () => {
    const published = await publishedWith(null);
    const last = JSON.parse(published.at(-1) as string) as Forecast;
    const other = JSON.stringify({ ...last, model: { ...last.model, version: 'ridge-9' } });
    expect((await report([...published.slice(0, -1), other])).differing).toBe(1);
  });

  test('tells how far it is: each part from its begin to 1', async () => {
    const told: [number | null, string][] = [];
    await report([], { onProgress: (share, part) => void told.push([share, part]) });
    const parts = [...new Set(told.map(([, part]) => part))];
    expect(parts).toEqual([
      'fitting the baselines',
      'the slice that the training held back',
      'what was served',
      'the forecasts that were published',
    ]);
    for (const part of parts.slice(1, 3)) {
      const shares = told.flatMap(([share, of]) => (of === part && share !== null ? [share] : []));
      expect(shares.length).toBeGreaterThan(2);
      expect(shares).toEqual([...shares].sort((a, b) => a - b));
      expect(shares.at(-1)).toBe(1);
    }
  });

  test.each([
    ['before it begins', 'fitting the baselines', 1],
    ['between two strides', 'what was served', 3],
  ])('ends with the reason of a signal that is aborted %s', async (_, when, times) => {
    const controller = new AbortController();
    const told: string[] = [];
    const onProgress = (_share: number | null, part: string) => {
      told.push(part);
      if (part === when) controller.abort(new Error('enough'));
    };
    await expect(report([], { onProgress, signal: controller.signal })).rejects.toThrow('enough');
    expect(new Set(told).size).toBe(times);
    expect(told.at(-1)).toBe(when);
  });
});
