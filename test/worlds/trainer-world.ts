/** @file What specs of the trainer share: a piece of the broker and of Redis under one prefix, made-up streams with
 *  frames put straight onto the topic, and real trainer processes of the build.
 *
 *  Law: touches nothing outside its random prefix, in Kafka and in Redis, and deletes that at the end. */
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { durationMs, formatTime, type Frame, seriesKey, StreamDefinition } from '#contracts';
import { forgetKeys } from '../../apps/cli/src/redis/ask-redis.js';
import type { BrokerWorld } from './broker-world.js';
import { Processes } from './processes.js';
import { TrainerProcess } from './trainer-process.js';

/** How long a killed trainer keeps its job from the next one. */
const LOCK_MS = 3_000;

/** A stream so small that a training takes seconds. */
export function smallStream(stream: string, retraining: object = {}): StreamDefinition {
  return StreamDefinition.parse({
    stream,
    channels: [{ name: 'level' }, { name: 'flow' }],
    frequency: '1h',
    lookback: 24,
    horizon: 6,
    model: { memory: 24 },
    retraining: { epochs: 2, stepsPerEpoch: 30, segmentsPerStep: 2, patience: 2, ...retraining },
  });
}

/** Two series that swing by day; the same numbers every time.
 *  @param noise 0: every day is the same, and seasonal naive knows all */
export function madeUpFrames({ stream, frequency }: StreamDefinition, steps: number, noise = 0.3): Frame[] {
  const begin = Date.UTC(2026, 0, 1);
  const frames: Frame[] = [];
  for (let step = 0; step < steps; step++) {
    for (const [index, series] of ['pump-1', 'pump-2'].entries()) {
      const day = Math.sin((2 * Math.PI * (step % 24)) / 24 + index);
      const own = Math.sin(step * step * 0.7 + index * 13) * noise;
      const values = { level: round(10 + 3 * day + own), flow: round(5 - 2 * day + own * day) };
      frames.push({ stream, series, time: formatTime(begin + step * durationMs(frequency)), values });
    }
  }
  return frames;
}

function round(value: number): number {
  return Number(value.toFixed(3));
}

export class TrainerWorld {
  readonly #processes: Processes;

  private constructor(
    readonly broker: BrokerWorld,
    readonly redisUrl: string,
    /** The model store. */
    readonly folder: string,
  ) {
    this.#processes = new Processes({
      ...broker.environment,
      REDIS_URL: redisUrl,
      ROLLCAST_MODEL_STORE: folder,
      ROLLCAST_TRAINING_LOCK_MS: String(LOCK_MS),
      ROLLCAST_EXECUTOR: 'compiled',
    });
  }

  /** @param broker closed with this world */
  static async on(broker: BrokerWorld, redisUrl: string): Promise<TrainerWorld> {
    return new TrainerWorld(broker, redisUrl, await mkdtemp(join(tmpdir(), 'rollcast-trainer-')));
  }

  async frames(frames: readonly Frame[]): Promise<void> {
    await this.broker.send(
      frames.map((frame) => ({
        topic: 'frames',
        key: seriesKey(frame.stream, frame.series),
        value: JSON.stringify(frame),
      })),
    );
  }

  /** Starts a trainer of the build; settles when it is ready to work. */
  async trainer(): Promise<TrainerProcess> {
    const started = this.start();
    await started.service.ready();
    return started;
  }

  /** Starts one and does not wait. */
  start(): TrainerProcess {
    return new TrainerProcess(this.#processes.start('trainer'));
  }

  showLogsOnFailure(): void {
    this.#processes.showLogsOnFailure();
  }

  /** Names of the checkpoints that lie in the store. */
  async checkpoints(): Promise<string[]> {
    const folder = join(this.folder, '.checkpoints');
    return existsSync(folder) ? (await readdir(folder)).filter((name) => !name.endsWith('.tmp')) : [];
  }

  async close(): Promise<void> {
    await this.#processes.end();
    await forgetKeys(this.redisUrl, this.broker.prefix);
    await this.broker.close();
    await rm(this.folder, { recursive: true, force: true });
  }
}
