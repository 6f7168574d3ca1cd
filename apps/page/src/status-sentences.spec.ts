import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type TrainingJobView, type TrainingProgress } from '#contracts';
import {
  jobSentence,
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
  test('say n of m until there are enough', () => {
    expect(readinessSentence(0, 1_500)).toBe('0 of 1,500 frames until a training is possible.');
    expect(readinessSentence(1_499, 1_500)).toMatch(/^1,499 of 1,500/);
    expect(readinessSentence(1_500, 1_500)).toContain('enough frames');
  });

  test('name the champion that warms up and who answers', () => {
    expect(warmingSentence({ have: 212, need: 288 }, 'cmamba-3f9a', 'kalman')).toBe(
      '212 of 288 frames until the first CMamba forecast; Kalman filter answers until then.',
    );
  });
});
