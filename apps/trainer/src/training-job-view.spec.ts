import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ERRORS } from '#contracts';
import {
  jobId,
  jobName,
  type QueuedTraining,
  type QueueState,
  readProblem,
  viewOf,
  writeProblem,
} from './training-job-view.js';

const job = (changes: object = {}) =>
  ({
    id: 'x',
    timestamp: Date.UTC(2026, 0, 1),
    data: { stream: 'a' },
    progress: 0,
    ...changes,
  }) as unknown as QueuedTraining;

describe('names of jobs', () => {
  test.each([
    ['17', 1_732_440_000_000, '17-1732440000000'],
    ['6f9619ff-8b86-4d01-b42d-00cf4fc964ff', 5, '6f9619ff-8b86-4d01-b42d-00cf4fc964ff-5'],
    ['mine', 5, 'mine-5'],
    ['2026-11', 5, '2026-11-5'],
  ])('id %s at %d is %s, and leads back', (id, timestamp, name) => {
    expect(jobName({ id, timestamp })).toBe(name);
    expect(jobId(name)).toBe(id);
  });

  test('another id, or the same at another time, is another name; every name leads back', () => {
    const anyId = fc.oneof(fc.stringMatching(/^[0-9-]{1,6}$/), fc.string({ minLength: 1 }));
    fc.assert(
      fc.property(fc.tuple(anyId, fc.nat()), fc.tuple(anyId, fc.nat()), ([id, timestamp], [other, later]) => {
        const name = jobName({ id, timestamp });
        expect(jobId(name)).toBe(id);
        expect(name === jobName({ id: other, timestamp: later })).toBe(id === other && timestamp === later);
      }),
    );
  });
});

describe('problems', () => {
  test('are read as they were written', () => {
    fc.assert(
      fc.property(fc.constantFrom(...Object.keys(ERRORS)), fc.string(), (code, message) => {
        expect(readProblem(writeProblem({ code, message }))).toEqual({ code, message });
      }),
    );
  });

  test.each(['job stalled more than allowable limit', '{"code":1}', 'null', ''])(
    'words that are not ours are INTERNAL: %s',
    (failedReason) => {
      expect(readProblem(failedReason)).toEqual({ code: 'INTERNAL', message: failedReason });
    },
  );
});

describe('the view', () => {
  const cancelled = writeProblem({ code: 'TRAINING_CANCELLED', message: 'm' });
  test.each([
    ['waiting', false, {}, 'waiting'],
    ['waiting', true, {}, 'running'],
    ['active', false, {}, 'running'],
    ['completed', true, { finishedOn: 1 }, 'completed'],
    ['failed', true, { failedReason: 'x', finishedOn: 1 }, 'failed'],
    ['failed', false, { failedReason: cancelled, finishedOn: 1 }, 'cancelled'],
  ] as const)('of a job that BullMQ has as %s (its stream held: %s)', (state, running, changes, shown) => {
    const view = viewOf(job(changes), state satisfies QueueState, running);
    expect(view?.state).toBe(shown);
    expect(view?.finishedAt === null).toBe(!('finishedOn' in changes));
  });

  test('of a job that ends while it is looked at shows its end only with what came of it', () => {
    expect(viewOf(job({ finishedOn: 1 }), 'active', false)).toMatchObject({
      state: 'running',
      finishedAt: null,
      problem: null,
    });
  });

  test('has no progress where BullMQ has none that we wrote, and is none of a job without a stream', () => {
    expect(viewOf(job({ progress: 50 }), 'active', false)?.progress).toBeNull();
    expect(viewOf(job({ data: { stream: '' } }), 'active', false)).toBeNull();
  });
});
