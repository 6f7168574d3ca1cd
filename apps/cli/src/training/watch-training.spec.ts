import { expect, test } from 'vitest';
import type { TrainingJobView } from '#contracts';
import { outcomeOf, progressOf, watchTraining } from './watch-training.js';

const view = (change: Partial<TrainingJobView> = {}): TrainingJobView => ({
  job: 'j',
  state: 'running',
  requestedBy: 'person',
  requestedAt: '2026-11-24T10:00:00.000Z',
  finishedAt: null,
  progress: null,
  verdict: null,
  problem: null,
  ...change,
});
const progress = {
  phase: 'training' as const,
  epoch: 3,
  epochs: 8,
  step: 120,
  steps: 480,
  loss: 0.4123,
  validation: 0.5,
  secondsLeft: 41.2,
};

test('progress is epoch, loss and seconds left while it trains, and a word before and after', () => {
  expect(progressOf(view({ state: 'waiting' }))).toEqual({ share: null, note: 'waiting for its turn' });
  const problem = { code: 'STORE_UNAVAILABLE', message: 'the model store does not answer' };
  expect(progressOf(view({ state: 'waiting', problem })).note).toBe(problem.message);
  expect(progressOf(view({ progress }))).toEqual({
    share: 0.25,
    note: 'epoch 3 of 8, loss 0.412, 41 s left',
  });
  const first = { ...progress, epoch: 1, loss: null, validation: null, secondsLeft: null };
  expect(progressOf(view({ progress: first })).note).toBe('epoch 1 of 8');
  expect(progressOf(view({ progress: { ...progress, phase: 'judging' } })).share).toBeNull();
  const judging = { ...progress, phase: 'judging' as const, judged: 0.6 };
  expect(progressOf(view({ progress: judging }))).toEqual({
    share: 0.6,
    note: 'judging on the slice that was held back',
  });
});

test('it is watched until it is final, and every answer is told', async () => {
  const answers = [view({ state: 'waiting' }), view({ progress }), view({ state: 'failed' })];
  const told: string[] = [];
  const jobs = { trainingJob: async () => answers.shift() ?? view() };
  const { signal } = new AbortController();
  const ended = await watchTraining(
    jobs,
    { stream: 's', job: 'j' },
    ({ state }) => told.push(state),
    signal,
    1,
  );
  expect(ended.state).toBe('failed');
  expect(told).toEqual(['waiting', 'running', 'failed']);
});

test('only a verdict is an outcome', () => {
  expect(outcomeOf(view({ state: 'completed' })).done).toBe(false);
  expect(outcomeOf(view({ state: 'failed', problem: { code: 'X', message: 'why' } })).sentence).toBe(
    'the training has failed: why (X)',
  );
});
