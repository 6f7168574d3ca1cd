import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type RecentView, type TrainingJobView, type TrainingProgress } from '#contracts';
import {
  jobSentence,
  knownHistory,
  type KnownHistory,
  progressSentence,
  readinessSentence,
  trainingFraction,
  warmingSentence,
} from './status-sentences.js';

const progress: TrainingProgress = {
  phase: 'training',
  epoch: 3,
  epochs: 8,
  step: 120,
  steps: 480,
  loss: 0.4123,
  validation: 0.398,
  secondsLeft: 40,
};
const job: TrainingJobView = {
  job: '7',
  state: 'running',
  requestedBy: 'person',
  requestedAt: '2026-11-24T10:00:00Z',
  finishedAt: null,
  progress,
  verdict: null,
  problem: null,
};

describe('progress', () => {
  test('says phase, epoch, loss, validation and the time left', () => {
    expect(progressSentence(progress)).toBe(
      'fitting CMamba · epoch 3 of 8 · loss 0.412 · validation MAE 0.398 · 40 s left',
    );
  });

  test('says nothing that is not known', () => {
    expect(
      progressSentence({ ...progress, loss: null, validation: null, secondsLeft: null, epochs: 0 }),
    ).toBe('fitting CMamba');
    expect(progressSentence({ ...progress, phase: 'judging', secondsLeft: null })).toBe(
      'judging on the held-back slice',
    );
    expect(progressSentence(null)).toBe('starting');
  });

  test('is a share of one, and unknown where no steps are counted', () => {
    fc.assert(
      fc.property(fc.nat(1_000), fc.nat(1_000), (step, steps) => {
        const fraction = trainingFraction({ ...progress, step, steps });
        if (steps === 0) expect(fraction).toBeNull();
        else expect(fraction).toBe(Math.min(1, step / steps));
      }),
    );
    expect(trainingFraction({ ...progress, phase: 'history' })).toBeNull();
    expect(trainingFraction(null)).toBeNull();
  });
});

describe('jobs', () => {
  const verdict = {
    promoted: true,
    version: 'ridge-1',
    kind: 'ridge' as const,
    reason: 'ridge 0.45 beats 0.50',
  };
  test.each<[Partial<TrainingJobView>, string]>([
    [{ state: 'waiting' }, 'waiting for a trainer'],
    [{ state: 'completed', verdict }, 'ridge 0.45 beats 0.50'],
    [{ state: 'failed', problem: { code: 'INSUFFICIENT_HISTORY', message: '3 of 9' } }, '3 of 9'],
    [{ state: 'cancelled' }, ''],
  ])('%j says "%s"', (changes, sentence) => {
    expect(jobSentence({ ...job, ...changes })).toBe(sentence);
  });
});

describe('frames', () => {
  const recent = (from: number, values: RecentView['values']): RecentView => ({
    from: new Date(from).toISOString(),
    frequencyMs: 1_000,
    values,
  });

  test('are counted from the first observed step of any channel', () => {
    expect(knownHistory(null, recent(0, { a: [null, null, 1, null], b: [null, 2, null, null] }))).toEqual({
      first: 1_000,
      steps: 3,
      atLeast: false,
    });
    expect(knownHistory(null, recent(0, { a: [null, null] }))).toBeNull();
    expect(knownHistory(null, recent(0, {}))).toBeNull();
  });

  test('are never counted down, and count on when the service lets go of older steps', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 60 }), (kept, steps) => {
        let known: KnownHistory | null = null;
        for (let newest = 0; newest < steps; newest += 1) {
          const length = Math.min(kept, newest + 1);
          const values = { a: new Array<number>(length).fill(1) };
          known = knownHistory(known, recent((newest - length + 1) * 1_000, values));
        }
        expect(known).toEqual({ first: 0, steps, atLeast: steps > kept });
      }),
    );
  });

  test('say n of m until there are enough, and when it may be more', () => {
    const known = { first: 0, steps: 499, atLeast: false };
    expect(readinessSentence(known, 1_500)).toBe('499 of 1,500 frames until a training is possible.');
    expect(readinessSentence({ ...known, atLeast: true }, 1_500)).toMatch(/^At least 499 of 1,500/);
    expect(readinessSentence({ ...known, steps: 1_500 }, 1_500)).toContain('enough frames');
    expect(readinessSentence(null, 1_500)).toMatch(/^0 of 1,500/);
  });

  test('name the champion that warms up and who answers', () => {
    expect(warmingSentence({ have: 212, need: 288 }, 'cmamba-3f9a', 'kalman')).toBe(
      '212 of 288 frames until the first CMamba forecast; Kalman filter answers until then.',
    );
  });
});
