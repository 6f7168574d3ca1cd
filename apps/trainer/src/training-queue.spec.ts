import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { JOB_PRIORITY } from '#contracts';
import { until } from '../../../test/until.js';
import { OwnRedis } from './testing/own-redis.js';
import { TrainerBench, VERDICT } from './testing/trainer-bench.js';
import { jobId, jobName, readProblem } from './training-job-view.js';

let redis: OwnRedis;
let bench: TrainerBench;
const others: TrainerBench[] = [];

beforeAll(async () => void (redis = await OwnRedis.start()));
afterAll(() => redis.stop());
beforeEach(async () => {
  bench = await new TrainerBench(redis.url).ready();
  bench.define('a', 'b');
});
afterEach(async () => {
  await Promise.all([...others.splice(0), bench].map((one) => one.close()));
});

/** A second process on the same queue. */
async function another(): Promise<TrainerBench> {
  const other = await new TrainerBench(redis.url, bench.keys.prefix).ready();
  other.define('a', 'b');
  others.push(other);
  return other;
}

const waiting = async (stream: string) =>
  (await bench.queue.list(stream)).filter(({ state }) => state === 'waiting').map(({ job }) => job);
const add = (data: unknown, options: object = {}) => bench.queue.queue.add('anything', data, options);

describe('requests', () => {
  test('of a stream one job waits, and requests join it', async () => {
    const first = await bench.queue.request('a', 'schedule');
    expect(await bench.queue.request('a', 'schedule')).toBe(first);
    const other = await bench.queue.request('b', 'person');
    expect(await waiting('a')).toEqual([first]);
    expect(await waiting('b')).toEqual([other]);
    expect(first).not.toContain(':');
  });

  test("a person's request raises a scheduled one that waits, never the other way round", async () => {
    const job = await bench.queue.request('a', 'schedule');
    await bench.queue.request('a', 'person', 7);
    await bench.queue.request('a', 'drift');
    expect(await bench.queue.get('a', job)).toMatchObject({ state: 'waiting', requestedBy: 'person' });
    expect(await bench.queue.queue.getJob(jobId(job))).toMatchObject({
      priority: JOB_PRIORITY.person,
      data: { seed: 7 },
    });
  });

  test('people come before drift and schedules', async () => {
    bench.define('c');
    await bench.queue.request('a', 'schedule');
    await bench.queue.request('b', 'drift');
    await bench.queue.request('c', 'person');
    bench.work();
    for (const [index, stream] of ['c', 'b', 'a'].entries()) {
      const run = await bench.run(index);
      expect(run.request.stream.stream).toBe(stream);
      run.finish();
    }
  });

  test('a request while one runs is the next, with a name of its own', async () => {
    bench.work();
    const first = await bench.queue.request('a', 'person', 11);
    const run = await bench.run(0);
    expect(run.request).toMatchObject({ job: first, seed: 11 });
    const next = await bench.queue.request('a', 'schedule');
    expect(next).not.toBe(first);
    expect(await bench.queue.request('a', 'schedule')).toBe(next);
    expect((await bench.queue.get('a', next)).state).toBe('waiting');
    run.finish();
    const second = await bench.run(1);
    expect(second.request).toMatchObject({ job: next, seed: 1 });
    second.finish();
    await bench.settled('a', next, 'completed');
    expect((await bench.queue.list('a')).map(({ job }) => job)).toEqual([next, first]);
  });

  test('the answer of the run is the verdict of the job, its reports are the progress', async () => {
    bench.work();
    const job = await bench.queue.request('a', 'person');
    const run = await bench.run(0);
    const progress = {
      phase: 'training',
      epoch: 1,
      epochs: 8,
      step: 3,
      steps: 480,
      loss: 0.5,
      validation: null,
      secondsLeft: 9,
    } as const;
    run.request.onProgress(progress);
    await bench.settled('a', job, 'running');
    await expect
      .poll(async () => (await bench.queue.get('a', job)).progress, { timeout: 5_000 })
      .toEqual(progress);
    run.request.onProgress({ ...progress, step: 480 });
    run.finish();
    expect(await bench.settled('a', job, 'completed')).toMatchObject({
      verdict: VERDICT,
      problem: null,
      progress: { step: 480 },
    });
  });

  test('a job that nobody knows is NO_SUCH_JOB, also under the name of another stream', async () => {
    const job = await bench.queue.request('a', 'person');
    await expect(bench.queue.get('a', 'nothing')).rejects.toMatchObject({ code: 'NO_SUCH_JOB' });
    await expect(bench.queue.get('b', job)).rejects.toMatchObject({ code: 'NO_SUCH_JOB' });
    await expect(bench.queue.cancel('b', job)).rejects.toMatchObject({ code: 'NO_SUCH_JOB' });
  });
});

describe('jobs that another client put there', () => {
  test('without priority and id: goes behind people who waited, under a name that is unique for ever', async () => {
    await bench.queue.request('b', 'person');
    const foreign = await add({ stream: 'a', requestedBy: 'schedule' });
    const name = `${foreign.id}-${foreign.timestamp}`;
    bench.work();
    const first = await bench.run(0);
    expect(first.request.stream.stream).toBe('b');
    expect(await bench.queue.queue.getJob(foreign.id ?? '')).toMatchObject({ priority: 3 });
    first.finish();
    const second = await bench.run(1);
    expect(second.request).toMatchObject({ job: name, stream: { stream: 'a' } });
    second.finish();
    await bench.settled('a', name, 'completed');
    await expect(bench.queue.get('a', foreign.id ?? '')).rejects.toMatchObject({ code: 'NO_SUCH_JOB' });
  });

  test('under an id that comes again every month: each is run, looked at and cancelled by itself', async () => {
    bench.work();
    const options = { jobId: '2026-11', priority: 1, removeOnComplete: true };
    const first = await add({ stream: 'a' }, options);
    (await bench.run(0)).finish();
    await until('it has ended', async () => (await bench.queue.list('a')).length === 0);
    const second = await add({ stream: 'a' }, { ...options, timestamp: first.timestamp + 1 });
    const { request } = await bench.run(1);
    expect(request.job).toBe(jobName(second));
    await bench.settled('a', request.job, 'running');
    await expect(bench.queue.get('a', jobName(first))).rejects.toMatchObject({ code: 'NO_SUCH_JOB' });
    await bench.queue.cancel('a', request.job);
    await bench.settled('a', request.job, 'cancelled');
  });

  test.each([
    ['wrong data', { stream: 'no such name!' }, 'INVALID_REQUEST', /stream: use 1 to 64 letters/],
    ['no data', null, 'INVALID_REQUEST', /no training/],
    ['an unknown stream', { stream: 'nowhere' }, 'NO_SUCH_STREAM', /no stream "nowhere"/],
  ])('%s fails at once and for good', async (_what, data, code, message) => {
    bench.work();
    const { id = '' } = await add(data, { attempts: 5, priority: 1 });
    await expect
      .poll(async () => (await bench.queue.queue.getJob(id))?.getState(), { timeout: 5_000 })
      .toBe('failed');
    const job = await bench.queue.queue.getJob(id);
    const problem = readProblem(job?.failedReason ?? '');
    expect(problem.code).toBe(code);
    expect(problem.message).toMatch(message);
    expect(bench.runs).toEqual([]);
  });
});

describe('jobs of another client that hold the place of a stream', () => {
  const inPlaceOf = (stream: string) => ({ deduplication: { id: stream, ttl: 3_600_000 } });

  test.each([
    ['another stream', { stream: 'b' }],
    ['no stream', 'anything'],
  ])('one of %s is passed by: the stream has its own training', async (_, data) => {
    const foreign = await add(data, inPlaceOf('a'));
    const job = await bench.queue.request('a', 'person', 4);
    expect(jobId(job)).not.toBe(foreign.id);
    expect(await bench.queue.get('a', job)).toMatchObject({ state: 'waiting', requestedBy: 'person' });
    expect((await bench.queue.queue.getJob(foreign.id ?? ''))?.data).toEqual(data);
  });

  test('one that has ended answers no request', async () => {
    bench.definitions.delete('a');
    bench.work();
    const foreign = await add({ stream: 'a' }, inPlaceOf('a'));
    await bench.settled('a', jobName(foreign), 'failed');
    bench.define('a');
    const job = await bench.queue.request('a', 'schedule');
    expect((await bench.run(0)).request.job).toBe(job);
    bench.runs[0]?.finish();
    await bench.settled('a', job, 'completed');
  });
});

test.each(['yesterday', 1e300, -5e15])(
  'a job of the time %s keeps nobody from being seen',
  async (timestamp) => {
    const job = await bench.queue.request('a', 'person');
    await add({ stream: 'a' }, { timestamp });
    const [newest, oldest] = await bench.queue.list('a');
    expect(newest?.job).toBe(job);
    expect(oldest?.requestedAt).toMatch(/^1970/);
  },
);

describe('cancelling', () => {
  test('the next job of a scheduler that another client keeps: it ends when it comes due, the one after is run', async () => {
    const { queue } = bench.queue;
    await queue.upsertJobScheduler('nightly', { every: 400 }, { name: 'train', data: { stream: 'a' } });
    const [next] = await bench.queue.list('a');
    const job = next?.job ?? '';
    expect(await bench.queue.cancel('a', job)).toMatchObject({ job, state: 'waiting' });
    bench.work();
    await bench.settled('a', job, 'cancelled');
    const run = await bench.run(0);
    expect(run.request.job).not.toBe(job);
    await queue.removeJobScheduler('nightly');
    run.finish();
  });

  test('a job that waits is gone from the queue and seen as cancelled; the next request is a new one', async () => {
    const job = await bench.queue.request('a', 'person');
    const view = await bench.queue.cancel('a', job, 'wrong stream');
    expect(view).toMatchObject({ state: 'cancelled', problem: { code: 'TRAINING_CANCELLED' } });
    expect(view.problem?.message).toContain('wrong stream');
    expect(await bench.queue.get('a', job)).toEqual(view);
    expect(await bench.queue.list('a')).toEqual([view]);
    expect(await bench.queue.counts()).toMatchObject({ waiting: 0 });
    // Of a run that was handed back a checkpoint is left.
    expect(bench.events).toEqual([{ what: 'cancelled while it waited', job }]);
    expect(await bench.queue.request('a', 'person')).not.toBe(job);
  });

  test('a run in another process hears of it and is never tried again', async () => {
    const other = await another();
    other.work();
    const job = await bench.queue.request('a', 'person');
    await other.run(0);
    expect((await bench.queue.cancel('a', job, 'enough')).state).toBe('running');
    const view = await bench.settled('a', job, 'cancelled');
    expect(view.problem).toEqual({
      code: 'TRAINING_CANCELLED',
      message: 'the training was cancelled: enough',
    });
    // Cancelling again changes nothing.
    expect(await bench.queue.cancel('a', job)).toEqual(view);
    const next = await bench.queue.request('a', 'person');
    (await other.run(1)).finish();
    await bench.settled('a', next, 'completed');
    expect(other.runs).toHaveLength(2);
  });

  test('a worker that starts after the wish meets it', async () => {
    const name = jobName(await add({ stream: 'a' }, { jobId: 'mine', priority: 1 }));
    await bench.cancellation.request(name, 'before anybody took it');
    bench.work();
    await bench.settled('a', name, 'cancelled');
    expect(bench.runs).toEqual([]);
  });

  test('a wish whose call nobody heard is found by looking', async () => {
    bench.work();
    const job = await bench.queue.request('a', 'person');
    await bench.run(0);
    await bench.link.client.set(bench.keys.cancel(job), 'the call was lost');
    await bench.settled('a', job, 'cancelled');
  });
});

describe('one training a stream', () => {
  test('with two processes the second of a stream waits, and other streams do not', async () => {
    const other = await another();
    bench.work();
    await bench.queue.request('a', 'person');
    const first = await bench.run(0);
    other.work();
    const next = await bench.queue.request('a', 'person');
    await bench.queue.request('b', 'person');
    const elsewhere = await other.run(0);
    expect(elsewhere.request.stream.stream).toBe('b');
    elsewhere.finish();
    // It was offered to the free process again and again, and is still one that waits: requests join it.
    await expect
      .poll(async () => (await bench.queue.queue.getJob(jobId(next)))?.attemptsStarted ?? 0, {
        timeout: 5_000,
      })
      .toBeGreaterThan(2);
    expect(await bench.queue.request('a', 'person')).toBe(next);
    // Between two offers, that is.
    await expect.poll(() => waiting('a'), { timeout: 5_000 }).toEqual([next]);
    expect([bench.runs.length, other.runs.length]).toEqual([1, 1]);
    first.finish();
    const second = await Promise.race([bench.run(1), other.run(1)]);
    expect(second.request.job).toBe(next);
    second.finish();
    await bench.settled('a', next, 'completed');
  });

  test('a run whose stream another one has taken ends without a word, and its job goes on when its turn comes', async () => {
    bench.work();
    const job = await bench.queue.request('a', 'person');
    const run = await bench.run(0);
    await bench.link.client.set(bench.keys.lock('a'), 'another t', 'PX', 2_000);
    await expect.poll(() => run.request.signal.aborted, { timeout: 5_000 }).toBe(true);
    expect((await bench.queue.get('a', job)).problem).toBeNull();
    const again = await bench.run(1);
    expect(again.request.job).toBe(job);
    again.finish();
    expect(await bench.settled('a', job, 'completed')).toMatchObject({ verdict: VERDICT, problem: null });
  });

  test('without the lock the same two would run at once', async () => {
    const other = await another();
    bench.work();
    other.work();
    await bench.queue.request('a', 'person');
    const first = await Promise.race([bench.run(0), other.run(0)]);
    await bench.link.client.del(bench.keys.lock('a'));
    // Nobody's lock: as if there were none, until it is renewed.
    await bench.queue.request('a', 'person');
    await eventuallyBoth(bench, other);
    first.finish();
    for (const run of [...bench.runs, ...other.runs]) run.finish();
  });
});

async function eventuallyBoth(one: TrainerBench, other: TrainerBench): Promise<void> {
  await expect.poll(() => one.runs.length + other.runs.length, { timeout: 5_000 }).toBe(2);
}
