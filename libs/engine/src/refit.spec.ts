import { compiledExecutor } from '#compute';
import {
  formatTime,
  MODEL_KINDS,
  type ModelKind,
  RollcastError,
  StreamDefinition,
  type TrainingProgress,
} from '#contracts';
import { beforeAll, describe, expect, test } from 'vitest';
import { Draws } from './draws.js';
import { HistoryBuilder, type StreamHistory } from './history.js';
import { type FittedVersion, refit, type RefitRequest, type RefitResult } from './refit.js';
import { trainingSet } from './training-set.js';

const HOUR = 3_600_000;
const STEPS = 900;
const definition = StreamDefinition.parse({
  stream: 's',
  frequency: '1h',
  lookback: 16,
  horizon: 4,
  channels: [{ name: 'a' }, { name: 'b' }],
  model: { memory: 24 },
  retraining: { epochs: 2, stepsPerEpoch: 4, segmentsPerStep: 2 },
});
const executor = compiledExecutor();

/** Two noisy waves. @param a what channel a says instead; null: no frame */
function waves(a: (step: number, value: number) => number | null, steps = STEPS): StreamHistory {
  const builder = new HistoryBuilder(definition);
  const draws = new Draws(1, 'weights', 0);
  for (let step = 0; step < steps; step++) {
    const value = a(step, Math.sin(step / 4) + draws.normal() / 10);
    if (value === null) continue;
    const values = { a: value, b: 5 + Math.cos(step / 7) };
    builder.add({ stream: 's', series: 'x', time: formatTime(step * HOUR), values });
  }
  return builder.build();
}

/** Refits on them. */
function refitted(
  a: Parameters<typeof waves>[0],
  steps = STEPS,
  changes: Partial<RefitRequest> = {},
): Promise<RefitResult> {
  return refit({
    history: waves(a, steps),
    ranges: [],
    seed: 1,
    executor,
    champion: null,
    checkpoints: { read: async () => null, write: async () => undefined },
    onProgress: () => undefined,
    signal: new AbortController().signal,
    ...changes,
  });
}

let clean: RefitResult;
beforeAll(async () => void (clean = await refitted((_, value) => value)));

const maeOf = ({ fitted }: RefitResult, kind: ModelKind) =>
  fitted.find(({ artifact }) => artifact.kind === kind)?.artifact.score.mae ?? NaN;

test('one spike in what teaches ruins neither ridge nor the network', async () => {
  const spoilt = await refitted((step, value) => (step === 300 ? 1e3 : value));
  for (const kind of ['ridge', 'cmamba'] as const) {
    expect(maeOf(spoilt, kind), kind).toBeLessThan(1.2 * maeOf(clean, kind));
  }
});

test('its phases are told in order, and while it judges, how much of the slice is judged', async () => {
  const told: TrainingProgress[] = [];
  await refitted((_, value) => value, STEPS, { onProgress: (progress) => told.push(progress) });
  expect([...new Set(told.map(({ phase }) => phase))]).toEqual([
    'baselines',
    'training',
    'judging',
    'storing',
  ]);
  const shares = told.flatMap(({ judged }) => (judged === undefined ? [] : [judged]));
  expect(shares.length).toBeGreaterThan(2);
  expect(shares).toEqual([...shares].sort((one, other) => one - other));
  expect(shares.at(-1)).toBe(1);
  expect(told.every(({ phase, judged }) => phase === 'judging' || judged === undefined)).toBe(true);
});

test('nothing is judged on clipped truths: a spike in the held-back slice counts in full', async () => {
  const spoilt = await refitted((step, value) => (step === 850 ? 1e6 : value));
  // 1e6 / 0.7, at four leads of some 500 truths a channel, over two channels.
  expect(maeOf(spoilt, 'kalman')).toBeGreaterThan(1_000);
});

describe('what must not see a slice is the same to the bit with noise in its place', () => {
  const { validation, heldBack } = trainingSet(waves((_, value) => value)).splits;
  const noise = new Draws(2, 'weights', 0);
  const spoilt = (from: number, to: number) =>
    refitted((step, value) => (step >= from && step < to ? 3 * noise.normal() : value));

  /** All that was fitted: everything but what the gate says of it. */
  const fittedOf = ({ fitted }: RefitResult) =>
    fitted.map(({ artifact: { score: _, intervals: __, ...artifact }, tensors }) => ({ artifact, tensors }));

  test('nothing is fitted or selected on what judges', async () => {
    const noisy = await spoilt(heldBack, STEPS);
    expect(fittedOf(noisy)).toEqual(fittedOf(clean));
    for (const kind of MODEL_KINDS) expect(maeOf(noisy, kind), kind).toBeGreaterThan(2 * maeOf(clean, kind));
  });

  test('nothing is fitted on what selects, and the gate does not judge there', async () => {
    const noisy = await spoilt(validation, heldBack);
    const [ours, theirs] = [fittedOf(noisy), fittedOf(clean)];
    // The network alone has seen it, to select its epoch.
    expect(ours.pop()?.artifact.training.validation).not.toEqual(theirs.pop()?.artifact.training.validation);
    expect(ours).toEqual(theirs);
    // It looks one value back, so of all forecasts at origins that judge none has seen the noise.
    expect(maeOf(noisy, 'last-value')).toBe(maeOf(clean, 'last-value'));
  });
});

describe('a champion', () => {
  const withChampion = (champion: RefitRequest['champion']) =>
    refitted((_, value) => value, STEPS, { champion });

  test('that does not load is judged by nobody, and that is said', async () => {
    const [{ artifact, tensors }] = clean.fitted as [FittedVersion];
    const stored = { artifact: { ...artifact, lookback: 17 }, tensors };
    const result = await withChampion({ stored, version: 'last-value-1' });
    expect(result.champion).toBeNull();
    expect(result.championProblem).toMatchObject({ code: 'VERSION_REFUSED' });
  });

  test('of which an error says nothing is not lost: the training ends with that', async () => {
    const unavailable = new RollcastError('STORE_UNAVAILABLE', { artifact: 'a', problem: 'EIO' });
    const champion = {
      version: 'ridge-1',
      get stored(): never {
        throw unavailable;
      },
    };
    await expect(withChampion(champion)).rejects.toBe(unavailable);
  });
});

describe('a network that cannot be trained', () => {
  const all = (result: RefitResult) => result.fitted.map(({ artifact }) => artifact.kind);

  test('because nothing can be held against the slice that selects, is the ridge solution, and that is said', async () => {
    // Frames come one in ten steps there: no forecast of four steps meets another.
    const [from, to] = [590, 1_990];
    const isThin = (step: number) => step >= from && step < to && step % 10 !== 0;
    const result = await refitted((step, value) => (isThin(step) ? null : value), to + 117);
    expect(all(result)).toEqual([...MODEL_KINDS]);
    expect(result.networkTrouble).toBe('no truth in the slice that selects an epoch');
    expect(maeOf(result, 'cmamba')).toBeCloseTo(maeOf(result, 'ridge'), 3);
    expect(result.fitted.at(-1)?.artifact.training).toMatchObject({ epochs: 0, validation: [], steps: 0 });
    expect(result.fitted.every(({ artifact }) => artifact.score.truths > 0)).toBe(true);
  });

  test('because its loss is not finite, keeps its best epoch, and that is said', async () => {
    const broken = { ...executor, prepare: brokenLoss(6) };
    const result = await refitted((_, value) => value, STEPS, { executor: broken });
    expect(result.networkTrouble).toBe('the loss of its training step 6 is Infinity');
    expect(result.fitted.at(-1)?.artifact.training).toMatchObject({ epochs: 1, steps: 5 });
    expect(all(result)).toEqual([...MODEL_KINDS]);
  });

  /** Prepares programs as the executor does; the n-th loss of a training is infinite. */
  function brokenLoss(n: number): typeof executor.prepare {
    let losses = 0;
    return async (program) => {
      const prepared = await executor.prepare(program);
      return {
        run: async (feeds) => {
          const results = await prepared.run(feeds);
          if (results['loss'] === undefined) return results;
          losses += 1;
          return losses === n ? { ...results, loss: Float32Array.of(Infinity) } : results;
        },
        release: () => prepared.release(),
      };
    };
  }
});

describe('a history that is no training', () => {
  test.each([
    [
      'frames of every tenth step at a horizon of four',
      (step: number) => step % 10 === 0,
      'meets another frame',
    ],
    ['two frames far apart', (step: number) => step === 0 || step === STEPS - 1, 'has 1 of the'],
    ['shifts shorter than a segment', (step: number) => step % 80 < 20, 'has 20 of the'],
    [
      'one long stretch, too new to train',
      (step: number) => step % 80 < 20 || step > 2_665,
      'oldest frames, those that train',
    ],
  ])('is refused as such: %s', async (_, observed, problem) => {
    await expect(refitted((step, value) => (observed(step) ? value : null), 3_000)).rejects.toMatchObject({
      code: 'INSUFFICIENT_HISTORY',
      message: expect.stringContaining(problem) as string,
    });
  });
});
