import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { until } from '../../../test/until.js';
import { RedisLink } from './redis-link.js';
import { jobThatHolds, takeStream } from './stream-lock.js';
import { OwnRedis } from './testing/own-redis.js';

const TTL_MS = 600;
let redis: OwnRedis;
let link: RedisLink;
beforeAll(async () => {
  redis = await OwnRedis.start();
  link = new RedisLink(redis.url);
});
afterAll(async () => {
  link.close();
  await redis.stop();
});
beforeEach(() => link.client.flushall());

const take = (job: string, token = 't', onLost: () => void = () => undefined) =>
  takeStream(link.client, 'lock', { job, token }, TTL_MS, onLost);

describe('the lock of a stream', () => {
  test('is had by one run, also against another run of the same job, until it is given back', async () => {
    const lock = await take('j', '1');
    expect(await jobThatHolds(link.client, 'lock')).toBe('j');
    expect(await take('j', '2')).toBeNull();
    expect(await take('k')).toBeNull();
    await lock?.release();
    expect(await jobThatHolds(link.client, 'lock')).toBeNull();
    const next = await take('k');
    expect(next).not.toBeNull();
    await next?.release();
  });

  test('is renewed for as long as it is held, also behind a renewal that Redis has refused', async () => {
    const lock = await take('j');
    vi.spyOn(link.client, 'eval').mockRejectedValueOnce(new Error('OOM command not allowed'));
    const began = performance.now();
    await until('its time is up twice over', () => performance.now() - began > 2 * TTL_MS);
    expect(await take('k')).toBeNull();
    await lock?.release();
  });

  test('expires with a holder that has died', async () => {
    await link.client.set('lock', 'dead t', 'PX', TTL_MS);
    expect(await take('k')).toBeNull();
    const lock = await until('it is free', () => take('k'));
    await lock.release();
  });

  test('that is gone is taken again, and one that another has is told to be lost, once', async () => {
    const onLost = vi.fn();
    const lock = await take('j', 't', onLost);
    await link.client.del('lock');
    await until('it is ours again', async () => (await jobThatHolds(link.client, 'lock')) === 'j');
    expect(onLost).not.toHaveBeenCalled();
    await link.client.set('lock', 'k t', 'PX', 60_000);
    await until('it is told', () => onLost.mock.calls.length === 1);
    // Giving back what is another's changes nothing.
    await lock?.release();
    expect(await jobThatHolds(link.client, 'lock')).toBe('k');
  });
});
