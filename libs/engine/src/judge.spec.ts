import { compiledExecutor } from '#compute';
import { formatTime, StreamDefinition } from '#contracts';
import { expect, test } from 'vitest';
import { Draws } from './draws.js';
import { HistoryBuilder } from './history.js';
import { type Judgement, judge } from './judge.js';
import { coldStart } from './cold-start.js';
import { loadCandidate } from './load-version.js';
import type { ServingModel } from './model-states.js';
import { fitBaselines } from './refit.js';
import { trainingSet } from './training-set.js';

const HOUR = 3_600_000;
const definition = StreamDefinition.parse({
  stream: 's',
  frequency: '1h',
  lookback: 12,
  horizon: 5,
  season: null,
  channels: [{ name: 'a' }],
  model: { memory: 24 },
});

/** A walk that runs home, observed at some grid steps. */
function walk(observed: (step: number) => boolean, steps = 3_000) {
  const builder = new HistoryBuilder(definition);
  const draws = new Draws(3, 'weights', 0);
  let level = 0;
  for (let step = 0; step < steps; step++) {
    level = 0.97 * level + draws.normal();
    if (observed(step)) {
      builder.add({ stream: 's', series: 'x', time: formatTime(step * HOUR), values: { a: level } });
    }
  }
  return builder.build();
}

test('where truths never fall on a judged lead no interval is without a width, and held-back errors make it honest', async () => {
  // Judged are the leads 1, 2, 4 and 5; truths come at lead 3.
  const history = walk((step) => step % 3 === 0);
  const set = trainingSet(history);
  const { drafts } = fitBaselines({ ranges: [], seed: 1 }, set);
  const executor = compiledExecutor();
  const loaded = [];
  for (const draft of drafts) loaded.push(await loadCandidate(draft, definition, executor));
  const models = loaded.filter(({ kind }) => kind !== 'kalman');
  const judged = (some: readonly ServingModel[]): Promise<Judgement[]> =>
    judge({
      history,
      scales: set.scales,
      models: some,
      coldStart: coldStart(definition),
      calibrateFrom: () => set.splits.validation,
      judgeFrom: () => set.splits.heldBack,
    });
  const first = await judged(models);
  expect(first).toHaveLength(3);
  for (const { score, model } of first) expect(score.coverage, model.kind).toBeGreaterThan(0.85);
  const second = await judged(first.map(({ model, intervals }) => ({ ...model, intervals })));
  for (const { score, model } of second) {
    expect(score.coverage, model.kind).toBeGreaterThan(0.85);
    expect(score.coverage, model.kind).toBeLessThan(0.95);
  }
});

test('a fitted Kalman filter is judged by its own rates, not by those of the cold start', async () => {
  const set = trainingSet(walk(() => true));
  const { drafts } = fitBaselines({ ranges: [], seed: 1 }, set);
  const draft = drafts.find(({ artifact }) => artifact.kind === 'kalman') as (typeof drafts)[number];
  const fitted = await loadCandidate(draft, definition, compiledExecutor());
  const [own, cold] = await judge({
    history: set.history,
    scales: set.scales,
    models: [fitted, coldStart(definition)],
    coldStart: coldStart(definition),
    calibrateFrom: () => set.splits.validation,
    judgeFrom: () => set.splits.heldBack,
  });
  expect(own?.score.mae).toBeLessThan((cold?.score.mae ?? 0) * 0.995);
});

test('what was said before a long gap is not held against what came behind it', async () => {
  const { maxGap, horizon } = { maxGap: 2, horizon: 5 };
  const anew = { ...definition, maxGap };
  const builder = new HistoryBuilder(anew);
  // Three frames, a gap of three: at the first frame two truths, at the second one, at the third none.
  for (let step = 0; step < 60; step++) {
    if (step % 6 < 3)
      builder.add({ stream: 's', series: 'x', time: formatTime(step * HOUR), values: { a: 1 } });
  }
  const [judgement] = await judge({
    history: builder.build(),
    scales: { mean: [0], deviation: [1] },
    models: [coldStart(anew)],
    coldStart: coldStart(anew),
    calibrateFrom: () => 0,
    judgeFrom: () => 0,
  });
  expect(horizon).toBeGreaterThan(3);
  expect(judgement).toMatchObject({ origins: 30, score: { truths: 30 } });
});

test('a gap of fifty years in all series is not walked', async () => {
  const builder = new HistoryBuilder(definition);
  for (const step of [0, 1, 2, 500_000_000, 500_000_001, 500_000_002]) {
    builder.add({ stream: 's', series: 'x', time: formatTime(step * HOUR), values: { a: step } });
  }
  let turns = 0;
  const [judgement] = await judge({
    history: builder.build(),
    scales: { mean: [0], deviation: [1] },
    models: [coldStart(definition)],
    coldStart: coldStart(definition),
    calibrateFrom: () => -Infinity,
    judgeFrom: () => -Infinity,
    onProgress: () => void turns++,
  });
  expect(judgement?.origins).toBe(6);
  expect(turns).toBe(2);
});

test('more series than a call has arguments are judged', async () => {
  const some = walk(() => true, 100).series;
  const young = Array.from({ length: 130_000 }, (_, at) => ({ series: `y${at}`, runs: [] }));
  const history = { definition, series: [...some, ...young], frames: 100 };
  const [judgement] = await judge({
    history,
    scales: { mean: [0], deviation: [1] },
    models: [coldStart(definition)],
    coldStart: coldStart(definition),
    calibrateFrom: () => 0,
    judgeFrom: () => 0,
  });
  expect(judgement?.origins).toBe(100);
});
