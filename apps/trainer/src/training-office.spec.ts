import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { until } from '../../../test/until.js';
import { OwnRedis } from './testing/own-redis.js';
import { definitionOf, SHORT, VERDICT } from './testing/trainer-bench.js';
import { type OfficeOptions, TrainingOffice } from './training-office.js';

let redis: OwnRedis;
const offices: TrainingOffice[] = [];
const scheduled = definitionOf('a', { schedule: { every: '1s' } });

beforeEach(async () => void (redis = await OwnRedis.start()));
afterEach(async () => {
  await Promise.all(offices.splice(0).map((office) => office.stop(1_000)));
  await redis.stop();
});

function open(options: Partial<OfficeOptions> = {}): TrainingOffice {
  const office = new TrainingOffice({
    redisUrl: redis.url,
    prefix: `t-${randomUUID()}`,
    definitions: {
      get: (stream) => (stream === 'a' ? scheduled : null),
      all: () => [scheduled],
      catchUp: async () => undefined,
      onChange: () => () => undefined,
    },
    run: async () => VERDICT,
    settings: SHORT,
    ...options,
  });
  offices.push(office);
  return office;
}

describe('the office', () => {
  test('trains what its schedules ask for, by itself', async () => {
    const events: string[] = [];
    const office = open({ onEvent: ({ what }) => events.push(what) });
    office.start();
    const done = await until('a training is done', async () => {
      const views = office.link.client.status === 'ready' ? await office.trainings.list('a') : [];
      return views.find(({ state }) => state === 'completed');
    });
    expect(done).toMatchObject({ requestedBy: 'schedule', verdict: VERDICT });
    expect(events.slice(0, 2)).toEqual(['started', 'completed']);
    expect(office.queues.map(({ name }) => name)).toEqual(['training', 'training-schedules']);
  });

  test.each(['there', 'away'])(
    'stops within its time while a training runs and Redis is %s',
    async (where) => {
      let begun: AbortSignal | undefined;
      const office = open({
        run: ({ signal }) =>
          new Promise((_, reject) => {
            begun = signal;
            signal.addEventListener('abort', () => reject(new Error('told to end')));
          }),
      });
      office.start();
      await until('a training runs', () => begun);
      if (where === 'away') await redis.kill();
      const began = performance.now();
      await office.stop(1_500);
      expect(performance.now() - began).toBeLessThan(5_000);
      expect(begun?.aborted).toBe(true);
    },
  );

  test('says that Redis is away once, and once that it is back, however often it is tried between', async () => {
    const told: (string | null)[] = [];
    const office = open({
      onOutage: (problem) => told.push(problem),
      onTrouble: (problem) => told.push(`trouble: ${problem}`),
    });
    let tries = 0;
    office.link.client.on('reconnecting', () => (tries += 1));
    await until('Redis is there', () => office.link.client.status === 'ready');
    office.start();
    expect(told).toEqual([]);
    await redis.kill();
    await until('it was tried often', () => tries >= 6);
    await redis.run();
    await until('Redis is back', () => told.includes(null));
    await office.stop(1_000);
    expect(told).toEqual([expect.any(String), null]);
  });

  test('two prefixes on one Redis know nothing of each other', async () => {
    const [one, other] = [open(), open()];
    for (const office of [one, other]) {
      await until('Redis is there', () => office.link.client.status === 'ready');
    }
    await one.trainings.request('a', 'person');
    expect(await one.trainings.list('a')).toHaveLength(1);
    expect(await other.trainings.list('a')).toEqual([]);
    expect(await one.link.client.keys('*')).toSatisfy((keys: string[]) =>
      keys.every((key) => key.startsWith('t-')),
    );
  });
});
