import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { StreamDefinition } from '#contracts';
import { until } from '../../../test/until.js';
import { Schedules } from './schedules.js';
import { OwnRedis } from './testing/own-redis.js';
import { definitionOf, TrainerBench } from './testing/trainer-bench.js';

let redis: OwnRedis;
let bench: TrainerBench;
let running: Schedules[] = [];
let problems: string[] = [];
let changed: () => void = () => undefined;
let definitions: StreamDefinition[] = [];

beforeAll(async () => void (redis = await OwnRedis.start()));
afterAll(() => redis.stop());
beforeEach(async () => {
  bench = await new TrainerBench(redis.url).ready();
  running = [];
  problems = [];
  definitions = [];
});
afterEach(async () => {
  await Promise.all(running.map((one) => one.stop()));
  await bench.close();
});

/** The schedules as one more process of the trainer keeps them. */
function keep(): Schedules {
  const schedules = new Schedules({
    link: bench.link,
    keys: bench.keys,
    definitions: {
      all: () => definitions,
      onChange: (listener) => {
        changed = listener;
        return () => (changed = () => undefined);
      },
    },
    trainings: bench.queue,
    onProblem: (stream, problem) => problems.push(`${stream}: ${problem}`),
    retryAfterMs: 50,
  });
  running.push(schedules);
  return schedules;
}

const scheduled = (stream: string, schedule: object | null) => definitionOf(stream, { schedule });
async function kept(schedules: Schedules): Promise<Record<string, string>> {
  const found = await schedules.queue.getJobSchedulers();
  return Object.fromEntries(
    found.map(({ key, every, pattern, tz }) => [key, pattern ? `${pattern} ${tz}` : String(every)]),
  );
}

describe('schedulers', () => {
  test('follow the definitions: made, changed, removed', async () => {
    const schedules = keep();
    definitions = [
      scheduled('a', { every: '1d' }),
      scheduled('b', { cron: '0 3 * * *', timezone: 'Europe/Berlin' }),
      scheduled('c', null),
    ];
    schedules.start();
    await schedules.look();
    expect(await kept(schedules)).toEqual({ a: '86400000', b: '0 3 * * * Europe/Berlin' });
    definitions = [scheduled('a', { cron: '*/5 * * * *' }), scheduled('c', { every: '6h' })];
    changed();
    await schedules.look();
    expect(await kept(schedules)).toEqual({ a: '*/5 * * * * UTC', c: '21600000' });
    definitions = [];
    changed();
    await schedules.look();
    expect(await kept(schedules)).toEqual({});
    expect(problems).toEqual([]);
  });

  test('an interval begins with its first whole length', async () => {
    const schedules = keep();
    definitions = [scheduled('a', { every: '1h' })];
    const before = Date.now();
    await schedules.look();
    const [scheduler] = await schedules.queue.getJobSchedulers();
    expect(scheduler?.next).toBeGreaterThanOrEqual(before + 3_600_000);
    expect(scheduler?.next).toBeLessThanOrEqual(Date.now() + 3_600_000);
  });

  test('several processes and restarts keep one scheduler, and do not put off its run', async () => {
    definitions = [scheduled('a', { every: '1h' })];
    const first = keep();
    await first.look();
    const [before] = await first.queue.getJobSchedulers();
    await Promise.all(Array.from({ length: 3 }, () => keep().look()));
    expect(await first.queue.getJobSchedulers()).toEqual([before]);
    expect(await first.queue.getJobCounts('delayed')).toEqual({ delayed: 1 });
  });

  test('a cron expression that is none is told, and the others are kept', async () => {
    const schedules = keep();
    definitions = [scheduled('bad', { cron: 'every full moon' }), scheduled('good', { every: '1d' })];
    await schedules.look();
    expect(await kept(schedules)).toEqual({ good: '86400000' });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(/^bad: /);
  });

  test('come back after Redis was wiped', async () => {
    const own = await OwnRedis.start();
    const lonely = await new TrainerBench(own.url).ready();
    definitions = [scheduled('a', { every: '1d' })];
    const schedules = new Schedules({
      link: lonely.link,
      keys: lonely.keys,
      definitions: { all: () => definitions, onChange: () => () => undefined },
      trainings: lonely.queue,
    });
    try {
      schedules.start();
      await schedules.look();
      await lonely.link.client.flushall();
      await own.kill();
      await own.run();
      await until('the scheduler is there again', async () => (await kept(schedules))['a']);
    } finally {
      await schedules.stop();
      await lonely.close();
      await own.stop();
    }
  });

  test('come back after Redis was wiped with its connections standing, and not otherwise', async () => {
    const own = await OwnRedis.start();
    const lonely = await new TrainerBench(own.url).ready();
    definitions = [scheduled('a', { every: '1d' }), scheduled('b', { every: '1d' })];
    let asked = 0;
    const schedules = new Schedules({
      link: lonely.link,
      keys: lonely.keys,
      definitions: { all: () => ((asked += 1), definitions), onChange: () => () => undefined },
      trainings: lonely.queue,
      askEveryMs: 20,
    });
    const askedOfRedis = async () => {
      const stats = await lonely.link.client.info('commandstats');
      return Number(/cmdstat_exists:calls=(\d+)/.exec(stats)?.[1] ?? 0);
    };
    try {
      schedules.start();
      await schedules.look();
      await schedules.queue.removeJobScheduler('b');
      const looks = asked;
      const before = await askedOfRedis();
      await until('it was asked for the mark', async () => (await askedOfRedis()) > before + 3);
      expect(asked).toBe(looks);
      await lonely.link.client.flushall();
      await until('both are there again', async () => Object.keys(await kept(schedules)).length === 2);
    } finally {
      await schedules.stop();
      await lonely.close();
      await own.stop();
    }
  });
});

describe('what comes due', () => {
  test('is requested by schedule and joins what waits, also what a person has raised meanwhile', async () => {
    definitions = [scheduled('a', { every: '1s' })];
    keep().start();
    const [view] = await until('a training waits', async () => {
      const views = await bench.queue.list('a');
      return views.length > 0 && views;
    });
    expect(view).toMatchObject({ state: 'waiting', requestedBy: 'schedule' });
    expect(await bench.queue.request('a', 'person')).toBe(view?.job);
    const [schedules] = running;
    const next = async () => (await schedules?.queue.getJobSchedulers())?.[0]?.iterationCount ?? 0;
    const counted = await next();
    await until('it comes due again', async () => (await next()) > counted);
    expect(await bench.queue.list('a')).toMatchObject([{ job: view?.job, requestedBy: 'person' }]);
  });

  test('of a stream that is gone meanwhile is nothing, of one that is there a request', async () => {
    definitions = [scheduled('there', null)];
    const schedules = keep();
    schedules.start();
    for (const stream of ['gone', 'there']) await schedules.queue.add('due', { stream });
    await until('both came due', async () => (await schedules.queue.getCompletedCount()) === 2);
    expect(await bench.queue.list('gone')).toEqual([]);
    expect(await bench.queue.list('there')).toHaveLength(1);
  });
});
