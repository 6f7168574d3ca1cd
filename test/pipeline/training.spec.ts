import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { eagerExecutor } from '#compute';
import { loadVersion } from '#engine';
import { FileSystemModelStore } from '#model-store';
import { eventually, madeUpFrames, smallStream, type TrainerProcess, TrainerWorld } from './trainer-world.js';

const STEPS = 420;

let world: TrainerWorld;
let trainer: TrainerProcess;

beforeAll(async () => {
  world = await TrainerWorld.create(inject('brokers'), inject('redisUrl'));
  trainer = await world.trainer();
});
afterAll(() => world.close());

describe('a training that is asked for over HTTP', () => {
  const definition = smallStream('pumps');

  test('ends with a promoted version that is recorded, loads and forecasts', async () => {
    await world.frames(madeUpFrames(definition, STEPS));
    await world.define(definition);
    const { job } = await eventually('the stream is known', () => trainer.request('pumps'));
    const phases = new Set<string>();
    await eventually('the job ends', async () => {
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
    const { text: metrics } = await trainer.get('/metrics');
    expect(metrics).toMatch(/rollcast_trainings_total\{verdict="promoted",service="trainer"\} 1/);
    expect(metrics).toMatch(/rollcast_training_phase_seconds_count\{[^}]*phase="training"[^}]*\} 1/);
    expect(metrics).toMatch(/rollcast_training_jobs\{state="completed"[^}]*\} 1/);
    const health = JSON.parse((await trainer.get('/health/ready')).text) as { indicators: object };
    expect(health.indicators).toMatchObject({
      redis: { status: 'up' },
      streams: { status: 'up' },
      models: { status: 'up' },
      executor: { status: 'up', detail: expect.stringContaining('ONNX Runtime') as string },
    });
    expect((await trainer.get('/board')).status).toBe(200);
  });
});
