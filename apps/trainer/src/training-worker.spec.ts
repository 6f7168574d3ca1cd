import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { NO_PROGRESS, RollcastError } from '#contracts';
import { OwnRedis } from './testing/own-redis.js';
import { TrainerBench, VERDICT } from './testing/trainer-bench.js';
import { jobId } from './training-job-view.js';

let redis: OwnRedis;
let bench: TrainerBench;

beforeAll(async () => void (redis = await OwnRedis.start()));
afterAll(() => redis.stop());
beforeEach(async () => {
  bench = await new TrainerBench(redis.url).ready();
  bench.define('a');
});
afterEach(() => bench.close());

describe('how a run ends', () => {
  test.each([
    [
      new RollcastError('INSUFFICIENT_HISTORY', { stream: 'a', problem: '3 of the 9' }),
      'INSUFFICIENT_HISTORY',
      /3 of the 9/,
    ],
    [new Error('a bug'), 'INTERNAL', /a bug/],
  ])('%s is the problem of the job, and it is not tried again', async (error, code, message) => {
    bench.work();
    const job = await bench.queue.request('a', 'person');
    (await bench.run(0)).fail(error);
    const view = await bench.settled('a', job, 'failed');
    expect(view.problem?.code).toBe(code);
    expect(view.problem?.message).toMatch(message);
    expect(view.verdict).toBeNull();
    const next = await bench.queue.request('a', 'person');
    (await bench.run(1)).finish();
    await bench.settled('a', next, 'completed');
    expect(bench.runs).toHaveLength(2);
  });

  test('what may pass is tried again under the same name until it has passed', async () => {
    bench.work();
    const job = await bench.queue.request('a', 'person');
    for (const index of [0, 1, 2]) {
      (await bench.run(index)).fail(new RollcastError('BROKER_UNAVAILABLE', { problem: 'gone' }));
    }
    const run = await bench.run(3);
    expect(run.request.job).toBe(job);
    run.finish();
    expect((await bench.settled('a', job, 'completed')).verdict).toEqual(VERDICT);
  });
});

test('what a job waits for that has begun is told, and stands in it until it goes on', async () => {
  bench.work({ retryAfterMs: 1_000 });
  const job = await bench.queue.request('a', 'person');
  const error = new RollcastError('STORE_UNAVAILABLE', { artifact: 'a/ridge-0a1b2c', problem: 'read-only' });
  const problem = { code: error.code, message: error.message };
  const first = await bench.run(0);
  first.request.onProgress(NO_PROGRESS);
  first.fail(error);
  expect(await bench.settled('a', job, 'waiting')).toMatchObject({ problem, progress: null });
  expect(bench.events).toContainEqual({ what: 'put off', job, problem });
  const second = await bench.run(1);
  second.request.onProgress(NO_PROGRESS);
  expect(await bench.queue.get('a', job)).toMatchObject({ state: 'running', problem: null });
  second.finish();
  expect((await bench.settled('a', job, 'completed')).problem).toBeNull();
});

describe('trying again from the board', () => {
  test('a job that failed, was cancelled or completed is run once more', async () => {
    bench.work();
    const job = await bench.queue.request('a', 'person');
    const again = async (state: 'failed' | 'completed') => {
      const queued = await bench.queue.queue.getJob(jobId(job));
      await queued?.retry(state);
    };
    (await bench.run(0)).fail(new RollcastError('INSUFFICIENT_HISTORY', { stream: 'a', problem: 'short' }));
    await bench.settled('a', job, 'failed');
    await again('failed');
    await bench.run(1);
    await bench.queue.cancel('a', job);
    await bench.settled('a', job, 'cancelled');
    await again('failed');
    (await bench.run(2)).finish();
    await bench.settled('a', job, 'completed');
    await again('completed');
    (await bench.run(3)).finish();
    await bench.settled('a', job, 'completed');
  });
});

describe('stopping', () => {
  test('a run is told, its job goes back to waiting, and another process goes on with it', async () => {
    bench.work();
    const job = await bench.queue.request('a', 'person');
    const run = await bench.run(0);
    const began = performance.now();
    await bench.stopWorker();
    expect(performance.now() - began).toBeLessThan(3_000);
    expect(run.request.signal.aborted).toBe(true);
    expect(await bench.queue.get('a', job)).toMatchObject({ state: 'waiting', problem: null });
    expect(await bench.link.client.exists(bench.keys.lock('a'))).toBe(0);

    bench.work();
    const again = await bench.run(1);
    expect(again.request.job).toBe(job);
    again.finish();
    await bench.settled('a', job, 'completed');
  });

  test('a run that does not hear is not waited for beyond the deadline, and is found later', async () => {
    bench.work();
    const job = await bench.queue.request('a', 'person');
    const run = await bench.run(0);
    run.deaf = true;
    const began = performance.now();
    await bench.stopWorker(1_200);
    expect(performance.now() - began).toBeLessThan(3_000);
    expect((await bench.queue.get('a', job)).state).toBe('running');
    run.fail(new Error('the process has ended'));
  });

  test('an idle worker stops at once, also while Redis is away', async () => {
    bench.work();
    const own = await OwnRedis.start();
    const lonely = await new TrainerBench(own.url).ready();
    lonely.define('a');
    lonely.work();
    await lonely.queue.request('a', 'person');
    await lonely.run(0);
    await own.kill();
    const began = performance.now();
    await Promise.all([bench.stopWorker(2_000), lonely.stopWorker(2_000)]);
    expect(performance.now() - began).toBeLessThan(4_000);
    await lonely.close();
    await own.stop();
  });
});
