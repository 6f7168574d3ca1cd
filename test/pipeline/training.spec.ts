import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import { eagerExecutor } from '#compute';
import { loadVersion } from '#engine';
import { FileSystemModelStore } from '#model-store';
import { BrokerWorld } from '../worlds/broker-world.js';
import { scrape, sumOf } from '../worlds/scrape.js';
import { until } from '../until.js';
import type { TrainerProcess } from '../worlds/trainer-process.js';
import { madeUpFrames, smallStream, TrainerWorld } from '../worlds/trainer-world.js';

const STEPS = 420;

let world: TrainerWorld;
let trainer: TrainerProcess;

beforeAll(async () => {
  world = await TrainerWorld.on(await BrokerWorld.make(inject('brokers')), inject('redisUrl'));
  trainer = await world.trainer();
});
afterAll(() => world.close());
beforeEach(() => world.showLogsOnFailure());

describe('a training that is asked for over HTTP', () => {
  const definition = smallStream('pumps');

  test('ends with a promoted version that is recorded, loads and forecasts', async () => {
    await world.frames(madeUpFrames(definition, STEPS));
    await world.broker.define(definition);
    const { job } = await until('the stream is known', () => trainer.request('pumps'));
    const phases = new Set<string>();
    await until('the job ends', async () => {
      const view = await trainer.job('pumps', job);
      if (view.progress !== null) phases.add(view.progress.phase);
      return view.finishedAt !== null;
    });
    const view = await trainer.job('pumps', job);
    expect(view).toMatchObject({ state: 'completed', problem: null, verdict: { promoted: true } });
    expect(phases).toContain('training');

    const { champion, versions } = await trainer.models('pumps');
    expect(champion).toMatchObject({
      version: view.verdict?.version,
      by: 'gate',
      reason: view.verdict?.reason,
    });
    const record = versions.find(({ version }) => version === champion?.version);
    expect(record).toMatchObject({
      verdict: 'promoted',
      job,
      seed: 1,
      framesUntil: '2026-01-18T11:00:00.000Z',
    });
    expect(Object.keys(record?.scores ?? {}).sort()).toEqual([
      'champion',
      'cmamba',
      'kalman',
      'last-value',
      'ridge',
      'seasonal-naive',
    ]);
    expect(record?.trainedOn.reduce((sum, { from, to }) => sum + Number(to) - Number(from), 0)).toBe(
      2 * STEPS,
    );
    expect(versions.map(({ kind }) => kind)).toContain('cmamba');

    const executor = await eagerExecutor('cpu');
    const store = new FileSystemModelStore(world.folder);
    for (const { artifact, version } of versions) {
      const model = await loadVersion(await store.read(artifact), version, definition, executor);
      expect(model.version).toBe(version);
      await model.release?.();
    }
    expect(await world.checkpoints()).toEqual([]);
  });

  test('is counted, and health says what it ran on', async () => {
    const samples = await scrape(trainer.service.url);
    expect(sumOf(samples, 'rollcast_trainings_total', { verdict: 'promoted' })).toBe(1);
    expect(sumOf(samples, 'rollcast_training_phase_seconds_count', { phase: 'training' })).toBe(1);
    expect(sumOf(samples, 'rollcast_training_jobs', { state: 'completed' })).toBe(1);
    const health = JSON.parse((await trainer.service.health()).text) as { indicators: object };
    expect(health.indicators).toMatchObject({
      redis: { status: 'up' },
      'topic streams': { status: 'up' },
      'topic models': { status: 'up' },
      executor: { status: 'up', detail: expect.stringContaining('ONNX Runtime') as string },
    });
    expect((await fetch(`${trainer.service.url}/board`)).status).toBe(200);
  });
});

test('a job that some BullMQ client put there, without a priority, is trained', async () => {
  const definition = smallStream('valves', { epochs: 1, stepsPerEpoch: 5 });
  await world.frames(madeUpFrames(definition, STEPS));
  await world.broker.define(definition);
  const connection = new Redis(world.redisUrl, { maxRetriesPerRequest: null });
  const queue = new Queue('training', { connection, prefix: world.broker.prefix });
  try {
    await queue.add('whatever', { stream: 'valves' });
    const view = await until('the job is listed', async () => (await trainer.jobs('valves'))[0]);
    expect(view.requestedBy).toBe('person');
    expect(await trainer.ended('valves', view.job)).toMatchObject({ verdict: { promoted: true } });
  } finally {
    await queue.close();
    connection.disconnect();
  }
});

describe('a second training', () => {
  const definition = smallStream('tides', { epochs: 1, stepsPerEpoch: 5 });

  test('with an equal result keeps the champion and records its CMamba as rejected, with figures', async () => {
    await world.frames(madeUpFrames(definition, STEPS, 0));
    await world.broker.define(definition);
    const first = await trainer.request('tides');
    const { verdict } = await trainer.ended('tides', first.job);
    // Every day is the same: nothing can be better.
    expect(verdict).toMatchObject({ promoted: true, kind: 'seasonal-naive' });

    const second = await trainer.request('tides', { seed: 2 });
    const view = await trainer.ended('tides', second.job);
    expect(view.verdict).toMatchObject({
      promoted: false,
      version: verdict?.version,
      kind: 'seasonal-naive',
    });
    expect(view.verdict?.reason).toContain(`${verdict?.version} (0.0000) stays`);
    const { champion, versions } = await trainer.models('tides');
    expect(champion?.version).toBe(verdict?.version);
    const challengers = versions.filter(({ job }) => job === second.job);
    expect(challengers).toMatchObject([
      { kind: 'cmamba', verdict: 'rejected', seed: 2, reason: view.verdict?.reason },
    ]);
    expect(challengers[0]?.scores['champion']?.mae).toBe(0);
    expect(challengers[0]?.scores['cmamba']?.mae).toBeGreaterThan(0);
  });

  test('that is the same in everything gives the same versions and changes no record', async () => {
    const before = await trainer.models('tides');
    const { job } = await trainer.request('tides');
    expect((await trainer.ended('tides', job)).verdict).toMatchObject({ promoted: false });
    expect(await trainer.models('tides')).toEqual(before);
  });

  test('compares with what a person has put in charge', async () => {
    const { versions } = await trainer.models('tides');
    const network = versions.find(({ kind }) => kind === 'cmamba');
    await trainer.useChampion('tides', network?.version ?? '');
    const { job } = await trainer.request('tides');
    const { verdict } = await trainer.ended('tides', job);
    expect(verdict).toMatchObject({ promoted: true, kind: 'seasonal-naive' });
    expect(verdict?.reason).toContain(`below the champion ${network?.version}`);
  });
});

test('too little data ends a job with how much there is and how much it needs, and leaves nothing behind', async () => {
  const definition = smallStream('young');
  await world.frames(madeUpFrames(definition, 60));
  await world.broker.define(definition);
  const { job } = await trainer.request('young');
  const view = await trainer.ended('young', job);
  expect(view).toMatchObject({ state: 'failed', problem: { code: 'INSUFFICIENT_HISTORY' } });
  expect(view.problem?.message).toMatch(/has 60 of the \d+ grid steps/);
  await until('its checkpoint is gone', async () => (await world.checkpoints()).length === 0);
});

test('records that are no frames are passed over and told once', async () => {
  const definition = smallStream('noisy');
  const send = (values: (string | null)[]) =>
    world.broker.send(values.map((value) => ({ topic: 'frames', key: 'noisy/pump-1', value })));
  await send(['not JSON', '{"stream":"noisy"}', null]);
  await world.frames(madeUpFrames(definition, 60));
  // Back in time.
  await send([JSON.stringify(madeUpFrames(definition, 1)[0])]);
  await world.broker.define(definition);
  const { job } = await trainer.request('noisy');
  expect((await trainer.ended('noisy', job)).problem?.code).toBe('INSUFFICIENT_HISTORY');
  const told = trainer.service.log.split('\n').filter((line) => line.includes('left out of the history'));
  expect(told).toHaveLength(1);
  expect(JSON.parse(told[0] ?? '')).toMatchObject({ stream: 'noisy', records: 4 });
});

test('a schedule asks for trainings for as long as the stream is defined', async () => {
  await world.broker.define(smallStream('clock', { schedule: { every: '1s' } }));
  const jobs = await until('two trainings came due', async () => {
    const found = (await trainer.jobs('clock').catch(() => [])).filter(
      ({ finishedAt }) => finishedAt !== null,
    );
    return found.length >= 2 && found;
  });
  expect(new Set(jobs.map(({ requestedBy }) => requestedBy))).toEqual(new Set(['schedule']));
  await world.broker.send([{ topic: 'streams', key: 'clock', value: null }]);
});

test('a trainer that begins before its topics are there says what it waits for, and then works', async () => {
  const broker = BrokerWorld.withoutTopics(inject('brokers'));
  const early = await TrainerWorld.on(broker, inject('redisUrl'));
  try {
    const waits = early.start();
    await waits.service.listening();
    const page = await until('it says what it waits for', async () => {
      const { status, text } = await waits.service.health();
      return status === 503 && text.includes('rollcast topics --apply') && text;
    });
    expect(JSON.parse(page)).toMatchObject({
      status: 'down',
      indicators: {
        'topic streams': { status: 'waiting' },
        'topic models': { status: 'waiting' },
        redis: { status: 'up' },
      },
    });
    await broker.applyTopics();
    await waits.service.ready();
    await broker.define(smallStream('young'));
    const { job } = await waits.request('young');
    expect((await waits.ended('young', job)).problem?.message).toMatch(/has 0 of the/);
    expect(await waits.service.stop()).toBe(0);
  } finally {
    await early.close();
  }
});
