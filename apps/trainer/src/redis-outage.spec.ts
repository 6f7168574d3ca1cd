import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { OwnRedis } from './testing/own-redis.js';
import { SHORT, TrainerBench, VERDICT } from './testing/trainer-bench.js';
import { jobId } from './training-job-view.js';

let redis: OwnRedis;
let bench: TrainerBench;

beforeEach(async () => {
  redis = await OwnRedis.start();
  bench = await new TrainerBench(redis.url).ready();
  bench.define('a');
});
afterEach(async () => {
  await bench.close();
  await redis.stop();
});

const healthy = () => bench.link.health().then(({ status }) => status);

describe('Redis killed and back', () => {
  test('people get REDIS_UNAVAILABLE at once, health says so, and both go on by themselves', async () => {
    const job = await bench.queue.request('a', 'person');
    expect(await bench.link.health()).toEqual({ status: 'up' });
    await redis.kill();
    await expect.poll(healthy, { timeout: 5_000 }).toBe('waiting');
    const began = performance.now();
    for (const asked of [
      bench.queue.request('a', 'person'),
      bench.queue.list('a'),
      bench.queue.get('a', job),
      bench.queue.cancel('a', job),
      bench.queue.counts(),
    ]) {
      await expect(asked).rejects.toMatchObject({ code: 'REDIS_UNAVAILABLE', status: 503 });
    }
    expect(performance.now() - began).toBeLessThan(2_000);
    expect((await bench.link.health()).detail).toMatch(/(ECONNREFUSED|was lost).* since 20.*trying again/);
    await redis.run();
    await expect.poll(healthy, { timeout: 5_000 }).toBe('up');
    expect(await bench.queue.list('a')).toMatchObject([{ job, state: 'waiting' }]);
  });

  test('a Redis that hangs is REDIS_UNAVAILABLE within seconds', async () => {
    redis.freeze();
    await expect(bench.queue.list('a')).rejects.toMatchObject({ code: 'REDIS_UNAVAILABLE' });
    expect((await bench.link.health()).detail).toContain('no answer in 2000 ms');
    redis.thaw();
    await expect.poll(healthy, { timeout: 5_000 }).toBe('up');
  });

  test('a service that starts before Redis takes up its work when Redis comes', async () => {
    await redis.kill();
    const early = new TrainerBench(redis.url);
    try {
      early.define('a');
      early.work();
      await expect(early.queue.request('a', 'person')).rejects.toMatchObject({ code: 'REDIS_UNAVAILABLE' });
      await redis.run();
      await early.ready();
      const job = await early.queue.request('a', 'person');
      (await early.run(0)).finish();
      await early.settled('a', job, 'completed');
    } finally {
      await early.close();
    }
  });

  // Within the lock BullMQ still believes the worker; after it, the job is taken back although it is being run.
  test.each([
    ['sooner than the lock expires', 60_000, 0],
    ['later than the lock expires', Number(SHORT.lockMs), Number(SHORT.lockMs) + 300],
  ])(
    'a running training goes on while Redis is away and its end is recorded once, back %s',
    async (_when, lockMs, awayMs) => {
      bench.work({ lockMs });
      const job = await bench.queue.request('a', 'person');
      const run = await bench.run(0);
      await redis.kill();
      const gone = performance.now();
      run.request.onProgress({
        phase: 'judging',
        epoch: 1,
        epochs: 1,
        step: 1,
        steps: 1,
        loss: null,
        validation: null,
        secondsLeft: null,
      });
      await expect.poll(() => performance.now() - gone, { timeout: 10_000 }).toBeGreaterThan(awayMs);
      expect(run.request.signal.aborted).toBe(false);
      run.finish();
      await redis.run();
      await bench.ready();
      expect(await bench.settled('a', job, 'completed')).toMatchObject({
        verdict: VERDICT,
        progress: { phase: 'judging' },
      });
      expect(bench.runs).toHaveLength(1);
    },
  );

  test('a training that outlives an outage stays the only one of its stream, with other trainers about', async () => {
    bench.work();
    const job = await bench.queue.request('a', 'person');
    const run = await bench.run(0);
    await redis.kill();
    const gone = performance.now();
    await expect
      .poll(() => performance.now() - gone, { timeout: 10_000 })
      .toBeGreaterThan(Number(SHORT.lockMs) + 300);
    await redis.run();
    await bench.ready();
    const other = await new TrainerBench(redis.url, bench.keys.prefix).ready();
    try {
      other.define('a');
      other.work();
      // BullMQ has given up on the first worker and offers its job to the second, which waits for the stream.
      await expect
        .poll(async () => (await bench.queue.queue.getJob(jobId(job)))?.attemptsStarted ?? 0, {
          timeout: 10_000,
        })
        .toBeGreaterThan(2);
      expect((await other.queue.get('a', job)).state).toBe('running');
      run.finish();
      await other.settled('a', job, 'completed');
      expect([bench.runs.length, other.runs.length]).toEqual([1, 0]);
    } finally {
      await other.close();
    }
  });
});
