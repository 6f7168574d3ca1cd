import { type ChildProcess, fork } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { until } from '../../../test/until.js';
import { OwnRedis } from './testing/own-redis.js';
import { definitionOf, SHORT, TrainerBench } from './testing/trainer-bench.js';
import type { TrainingProcessMessage, TrainingProcessOptions } from './testing/training-process.js';
import { jobId } from './training-job-view.js';

/** Plain JavaScript, of the build. */
const PROCESS = fileURLToPath(
  new URL('../../../dist/apps/trainer/src/testing/training-process.js', import.meta.url),
);
const STEPS = 40;

/** A real second process, and what it has said. */
class Trainer {
  readonly said: TrainingProcessMessage[] = [];
  readonly #child: ChildProcess;
  readonly #gone: Promise<unknown>;

  constructor(stepMs: number) {
    const options: TrainingProcessOptions = {
      redisUrl: redis.url,
      prefix: bench.keys.prefix,
      definition: definitionOf('a'),
      settings: SHORT,
      folder,
      steps: STEPS,
      stepMs,
    };
    this.#child = fork(PROCESS, [JSON.stringify(options)], { execArgv: [] });
    this.#child.on('message', (said: TrainingProcessMessage) => this.said.push(said));
    this.#gone = new Promise((resolve) => this.#child.once('exit', resolve));
    trainers.push(this);
  }

  /** Waits until it has done so many steps of its own. */
  steps(count: number): Promise<TrainingProcessMessage> {
    return until(`a trainer does ${count} steps`, () => {
      if (this.#child.exitCode !== null) throw new Error('the trainer process has ended: is dist built?');
      return this.said.filter(({ job }) => job !== undefined)[count - 1];
    });
  }

  get begun(): TrainingProcessMessage[] {
    return this.said.filter(({ begun }) => begun !== undefined);
  }

  async end(signal: NodeJS.Signals): Promise<void> {
    this.#child.kill(signal);
    await this.#gone;
  }
}

let redis: OwnRedis;
let bench: TrainerBench;
let folder: string;
let trainers: Trainer[] = [];

beforeAll(async () => void (redis = await OwnRedis.start()));
afterAll(() => redis.stop());
beforeEach(async () => {
  trainers = [];
  folder = await mkdtemp(join(tmpdir(), 'rollcast-checkpoints-'));
  bench = await new TrainerBench(redis.url).ready();
});
afterEach(async () => {
  await Promise.all(trainers.map((one) => one.end('SIGKILL')));
  await bench.close();
  await rm(folder, { recursive: true });
});

const start = (stepMs = 20) => new Trainer(stepMs);

/** What an undisturbed run comes to. */
function expected(stream: string, seed: number): string {
  let hash = `${stream} ${seed}`;
  for (let step = 1; step <= STEPS; step++) {
    hash = createHash('sha256').update(`${hash} ${step}`).digest('hex');
  }
  return hash;
}

describe('a worker killed in the middle', () => {
  test('again and again: others go on from its checkpoint and come to the same end', async () => {
    const job = await bench.queue.request('a', 'person', 5);
    const starts: number[] = [];
    for (let kill = 0; kill < 3; kill++) {
      const trainer = start();
      await trainer.steps(4);
      await trainer.end('SIGKILL');
      starts.push(trainer.begun[0]?.step ?? -1);
    }
    expect(starts[0]).toBe(0);
    expect(starts[1]).toBeGreaterThanOrEqual(4);
    expect(starts[2]).toBeGreaterThan(starts[1] ?? 0);
    start(2);
    const view = await bench.settled('a', job, 'completed');
    expect(view.verdict?.reason).toBe(expected('a', 5));
    expect(await bench.queue.list('a')).toHaveLength(1);
  }, 60_000);

  test('with another trainer at hand, which takes over by itself', async () => {
    const [one, other] = [start(), start()];
    const job = await bench.queue.request('a', 'person');
    const first = await Promise.race([one.steps(3).then(() => one), other.steps(3).then(() => other)]);
    const second = first === one ? other : one;
    expect(second.said).toEqual([]);
    await first.end('SIGKILL');
    const view = await bench.settled('a', job, 'completed');
    expect(view.verdict?.reason).toBe(expected('a', 1));
    expect(second.begun[0]?.step).toBeGreaterThanOrEqual(3);
  });

  test('of a job that has taken a handful of workers with it takes none of the next: it has failed', async () => {
    const job = await bench.queue.request('a', 'person');
    const first = start();
    await first.steps(3);
    // As if four others had died before it.
    await bench.link.client.hset(bench.queue.queue.toKey(jobId(job)), 'stc', 5);
    await first.end('SIGKILL');
    const second = start();
    const view = await bench.settled('a', job, 'failed');
    expect(view.problem?.message).toContain('stalled');
    expect(second.begun).toEqual([]);
  });

  test('a wish to cancel that falls between two processes is met by the second', async () => {
    const job = await bench.queue.request('a', 'person');
    const first = start();
    await first.steps(3);
    await first.end('SIGKILL');
    await bench.queue.cancel('a', job, 'while nobody was there');
    const second = start();
    const view = await bench.settled('a', job, 'cancelled');
    expect(view.problem?.message).toContain('while nobody was there');
    expect(second.said).toEqual([]);
  });
});

describe('a worker stopped in order', () => {
  test('hands its job back at once: the next one need not wait for a lock to expire', async () => {
    const job = await bench.queue.request('a', 'person');
    const first = start();
    await first.steps(3);
    await first.end('SIGTERM');
    expect(await bench.queue.get('a', job)).toMatchObject({ state: 'waiting', problem: null });
    const second = start(2);
    const view = await bench.settled('a', job, 'completed');
    expect(view.verdict?.reason).toBe(expected('a', 1));
    expect(second.begun[0]?.step).toBeGreaterThanOrEqual(3);
    expect(await bench.queue.queue.getJob(jobId(job))).toMatchObject({ stalledCounter: 0 });
  });
});
