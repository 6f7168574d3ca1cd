import { compiledExecutor } from '#compute';
import { type Evaluation, type Forecast, formatTime, type ModelKind, StreamDefinition } from '#contracts';
import { describe, expect, test } from 'vitest';
import { Draws } from './draws.js';
import { HistoryBuilder, type StreamHistory } from './history.js';
import { framesBetween } from './judge.js';
import { agree } from './judged-truths.js';
import { coldStart } from './cold-start.js';
import { loadVersion } from './load-version.js';
import { ModelStates } from './model-states.js';
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
  maxGap: 6,
  channels: [{ name: 'a' }],
  model: { memory: 24 },
});

/** A wave with noise in two series, the first so many steps.
 *  @param young the step at which a third begins */
function wave(steps: number, young = steps): StreamHistory {
  const builder = new HistoryBuilder(definition);
  for (const [series, seed, from] of [
    ['x', 1, 0],
    ['y', 2, 0],
    ['z', 3, young],
  ] as const) {
    const draws = new Draws(seed, 'weights', 0);
    for (let step = from; step < steps; step++) {
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

interface Published {
  readonly forecasts: readonly string[];
  readonly evaluations: readonly string[];
}

/** What is published when the cold start serves, and from the switch on a champion. */
async function publishedWith(champion: typeof kalman | null, served = history): Promise<Published> {
  const before = framesBetween(served, 0, SERVED_FROM);
  const loop = new RollingOrigin(definition, cold, cold);
  const results = await loop.advance(before);
  if (champion !== null) {
    const model = await loadVersion(champion.stored, champion.version, definition, executor);
    const newcomer = new ModelStates(model, definition.maxGap);
    await newcomer.replay(before);
    loop.adopt(newcomer);
  }
  results.push(...(await loop.advance(framesBetween(served, SERVED_FROM, STEPS))));
  return {
    forecasts: results.flatMap(({ forecast }) => (forecast === null ? [] : [JSON.stringify(forecast)])),
    evaluations: results.map(({ evaluation }) => JSON.stringify(evaluation)),
  };
}
const channelOf = ({ channels }: Evaluation) => channels['a'] as Evaluation['channels'][string];
const NOTHING: Published = { forecasts: [], evaluations: [] };

async function* inTurn(texts: readonly string[]): AsyncGenerator<string> {
  for (const text of texts) yield await Promise.resolve(text);
}

/** A ridge stands in for the network: the report asks no version for its kind. */
function report({ forecasts, evaluations }: Published, change: Partial<ServedReportRequest> = {}) {
  return servedReport({
    history,
    trainedOn,
    network: versionOf('ridge'),
    champion: null,
    servedFrom: () => SERVED_FROM * HOUR,
    published: inTurn(forecasts),
    evaluations: inTurn(evaluations),
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
    const { rows, asServed, champion: name, differences, judged } = await report(published, { champion });
    expect(rows.map((row) => row.name)).toEqual(['last-value', 'seasonal-naive', 'ridge', 'kalman', 'ridge']);
    expect(new Set(rows.map(({ origins }) => origins))).toEqual(new Set([2 * (STEPS - SERVED_FROM)]));
    expect(name).toBe(champion === null ? 'kalman-0' : 'kalman-1');
    expect(differences).toEqual({ altered: 0, missing: 0, doubled: 0, first: null });
    expect(agree(judged.byEvaluations, judged.byForecasts)).toBe(true);
    expect(judged.byEvaluations.truths).toBeGreaterThan(STEPS - SERVED_FROM);
    expect({ ...asServed, name: 'kalman' }).toEqual(rows[3]);
  });

  test('finds nothing altered where a series was younger than the warm-up of the version that took over', async () => {
    const ridge = versionOf('ridge');
    const served = wave(STEPS, SERVED_FROM - 10);
    const published = await publishedWith(ridge, served);
    expect(published.forecasts.some((text) => text.includes('"warmingUp":{"have":11,"need":12}'))).toBe(true);
    const { differences } = await report(published, { champion: ridge, history: served });
    expect(differences).toEqual({ altered: 0, missing: 0, doubled: 0, first: null });
  });

  test.each([
    [
      'altered',
      { altered: 1, missing: 0, doubled: 0 },
      /has ".*ridge-9.*" at character \d+ where the loop has/,
    ],
    ['missing', { altered: 0, missing: 1, doubled: 0 }, /was not published/],
    ['doubled', { altered: 0, missing: 0, doubled: 1 }, /was published twice/],
    ['unexpected', { altered: 1, missing: 0, doubled: 0 }, /the loop makes no forecast there/],
  ])('counts and names a published forecast that is %s', async (what, counted, first) => {
    const { forecasts, evaluations } = await publishedWith(null);
    const last = forecasts.at(-1) as string;
    const { model, ...forecast } = JSON.parse(last) as Forecast;
    const origin = formatTime(STEPS * HOUR);
    const instead = {
      altered: [JSON.stringify({ ...JSON.parse(last), model: { ...model, version: 'ridge-9' } })],
      missing: [],
      doubled: [last, last],
      unexpected: [last, JSON.stringify({ ...forecast, origin, model })],
    }[what] as string[];
    const { differences } = await report({ forecasts: [...forecasts.slice(0, -1), ...instead], evaluations });
    expect(differences).toEqual({ ...counted, first: expect.stringMatching(first) as string });
    expect(differences.first).toContain(`s/y ${what === 'unexpected' ? origin : forecast.origin}`);
  });

  test.each<[string, (evaluation: Evaluation) => Evaluation | null]>([
    ['is missing', () => null],
    [
      'has another error',
      (said) => ({
        ...said,
        channels: {
          a: { ...channelOf(said), error: channelOf(said).error.map((error) => error && error + 0.001) },
        },
      }),
    ],
    [
      'has another side of the interval',
      (said) => ({
        ...said,
        channels: {
          a: { ...channelOf(said), inside: channelOf(said).inside.map((inside) => inside === false) },
        },
      }),
    ],
  ])('sees that an evaluation %s', async (_, change) => {
    const { forecasts, evaluations } = await publishedWith(null);
    const changed = change(JSON.parse(evaluations.at(-1) as string) as Evaluation);
    const rest = changed === null ? [] : [JSON.stringify(changed)];
    const { judged } = await report({ forecasts, evaluations: [...evaluations.slice(0, -1), ...rest] });
    expect(agree(judged.byEvaluations, judged.byForecasts)).toBe(false);
  });

  test('tells how far it is: each part from its begin to 1', async () => {
    const told: [number | null, string][] = [];
    await report(NOTHING, { onProgress: (share, part) => void told.push([share, part]) });
    const parts = [...new Set(told.map(([, part]) => part))];
    expect(parts).toEqual([
      'fitting the baselines',
      'the slice that the training held back',
      'what was served',
      'the forecasts that were published',
      'what evaluations say of them',
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
    await expect(report(NOTHING, { onProgress, signal: controller.signal })).rejects.toThrow('enough');
    expect(new Set(told).size).toBe(times);
    expect(told.at(-1)).toBe(when);
  });
});
