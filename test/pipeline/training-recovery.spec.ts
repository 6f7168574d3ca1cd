import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest';
import type { StreamDefinition } from '#contracts';
import { BrokerWorld } from '../worlds/broker-world.js';
import { until } from '../until.js';
import { madeUpFrames, smallStream, TrainerWorld } from '../worlds/trainer-world.js';

const STEPS = 420;
/** A checkpoint is written every 20 training steps. */
const CHECKPOINT_STEPS = 20;
/** Progress is told every half second: long enough for several reports of each of three processes, on a quick machine too. */
const definition = smallStream('pumps', { epochs: 3, stepsPerEpoch: 160, patience: 3 });

let worlds: TrainerWorld[] = [];
beforeEach(() => void (worlds = []));
afterEach(() => Promise.all(worlds.map((world) => world.close())));

async function worldWith(definition: StreamDefinition): Promise<TrainerWorld> {
  const world = await TrainerWorld.on(await BrokerWorld.make(inject('brokers')), inject('redisUrl'));
  worlds.push(world);
  world.showLogsOnFailure();
  await world.frames(madeUpFrames(definition, STEPS));
  await world.broker.define(definition);
  return world;
}

describe('a training that is cut off', () => {
  test('goes on from its checkpoint in another process and ends with the same weights, killed or stopped', async () => {
    const undisturbed = await worldWith(definition);
    const alone = await undisturbed.trainer();
    const expected = await alone.ended('pumps', (await alone.request('pumps')).job);
    const namesOf = async (one: typeof alone) =>
      (await one.models('pumps')).versions.map(({ version }) => version).sort();
    const expectedNames = await namesOf(alone);
    expect(expectedNames.some((name) => name.startsWith('cmamba-'))).toBe(true);
    await alone.service.kill();

    const world = await worldWith(definition);
    const first = await world.trainer();
    const { job } = await first.request('pumps');
    await first.atStep('pumps', job, 3 * CHECKPOINT_STEPS + 2);
    await first.service.kill();
    // Of the weights, and of the ranges.
    expect(await world.checkpoints()).toHaveLength(2);
    // What has come since does not belong to this training.
    await world.frames(madeUpFrames(definition, STEPS + 30).slice(2 * STEPS));

    const second = await world.trainer();
    expect(await second.resumedAt('pumps', job)).toBeGreaterThan(3 * CHECKPOINT_STEPS);
    const before = await second.atStep('pumps', job, 6 * CHECKPOINT_STEPS + 2);
    const since = Date.now();
    expect(await second.service.stop()).toBe(0);
    expect(Date.now() - since).toBeLessThan(10_000);
    expect(await world.checkpoints()).toHaveLength(2);

    const third = await world.trainer();
    // One that is asked to stop loses no step.
    expect(await third.resumedAt('pumps', job)).toBeGreaterThan(before.progress?.step ?? Infinity);
    const view = await third.ended('pumps', job);
    expect(view.verdict).toEqual(expected.verdict);
    expect(await namesOf(third)).toEqual(expectedNames);
    expect(await world.checkpoints()).toEqual([]);
    expect(await third.jobs('pumps')).toHaveLength(1);
  }, 240_000);

  test('by somebody who asks another process ends as cancelled and is not gone on with', async () => {
    // Long enough to be still under way when the other process is ready.
    const world = await worldWith(smallStream('pumps', { epochs: 50, stepsPerEpoch: 60, patience: 50 }));
    const works = await world.trainer();
    const { job } = await works.request('pumps');
    await works.atStep('pumps', job, 1);
    const other = await world.trainer();
    expect((await other.cancel('pumps', job)).state).toBe('running');
    expect(await other.ended('pumps', job)).toMatchObject({
      state: 'cancelled',
      verdict: null,
      problem: { code: 'TRAINING_CANCELLED' },
    });
    expect((await works.models('pumps')).versions).toEqual([]);
    await until('nothing is kept of it', async () => (await world.checkpoints()).length === 0);
    // The stream is free for the next one.
    const next = await other.request('pumps');
    await other.atStep('pumps', next.job, 1);
  });
});
