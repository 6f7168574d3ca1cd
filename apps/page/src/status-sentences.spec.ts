import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type TrainingJobView, type TrainingProgress } from '#contracts';
import {
  jobSentence,
  progressSentence,
  readinessSentence,
  trainingFraction,
  waitOf,
  waitSentence,
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
    expect(trainingFraction({ ...progress, phase: 'judging' })).toBeNull();
    expect(trainingFraction({ ...progress, phase: 'judging', judged: 0.6 })).toBe(0.6);
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
    [{ state: 'waiting', problem: { code: 'STORE_UNAVAILABLE', message: 'no store' } }, 'no store'],
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
    expect(waitSentence({ have: 212, need: 288 }, 'cmamba-3f9a', 'kalman')).toBe(
      '212 of 288 frames until the first CMamba forecast; Kalman filter answers until then.',
    );
  });

  test('say before anything was trained that a training is missing too', () => {
    expect(waitSentence({ have: 2, need: 288 }, 'kalman-0', 'kalman')).toBe(
      '2 of 288 frames until the first CMamba forecast, once a training has put one in charge; ' +
        'Kalman filter answers until then.',
    );
  });

  const warmingUp = { have: 7, need: 9 };
  test.each([
    ['as the forecast says', warmingUp, 'ridge-1', 400, warmingUp],
    ['as the forecast says, before the models are known', warmingUp, null, null, warmingUp],
    ['those of a CMamba under the cold start', null, 'kalman-0', 287, { have: 287, need: 288 }],
    ['none where a CMamba could answer at once', null, 'kalman-0', 288, null],
    ['none where something trained answers', null, 'ridge-1', 20, null],
    ['none before the models are known', null, null, 20, null],
    ['none before the series is listed', null, 'kalman-0', null, null],
  ] as const)('are waited for: %s', (_, said, champion, steps, wait) => {
    expect(waitOf(said, champion, steps, 288)).toEqual(wait);
  });
});
