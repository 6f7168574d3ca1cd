/** @file What the pipeline's trainer specs share: topics under a prefix of their own, made-up streams with frames put
 *  straight onto the topic, and real trainer processes of the build.
 *
 *  Law: touches nothing outside its random prefix, in Kafka and in Redis, and deletes that at the end. */
import { type ChildProcess, fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Redis } from 'ioredis';
import {
  durationMs,
  formatTime,
  type Frame,
  ModelsView,
  seriesKey,
  StreamDefinition,
  TOPICS,
  TrainingJobView,
} from '#contracts';
import { applyTopics, deleteTopics, KafkaAdmin, KafkaClient, RecordProducer, silentLogger } from '#kafka';

const MAIN = fileURLToPath(new URL('../../dist/apps/trainer/src/main.js', import.meta.url));
const TOPICS_OF_A_TRAINER = ['frames', 'streams', 'models'];
const LOCK_MS = 3_000;

/** Waits for a condition.
 *  @throws naming it when it does not come true in time */
export async function eventually<T>(
  what: string,
  look: () => Promise<T | false | null | undefined> | T | false | null | undefined,
  withinMs = 90_000,
): Promise<T> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const found = await look();
    if (found !== false && found !== null && found !== undefined) return found;
    if (Date.now() > deadline) throw new Error(`not within ${withinMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

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
  readonly prefix = `test-${randomUUID().slice(0, 8)}.`;
  readonly client: KafkaClient;
  readonly producer: RecordProducer;
  readonly #admin: KafkaAdmin;
  readonly #processes: TrainerProcess[] = [];

  private constructor(
    private readonly brokers: readonly string[],
    readonly redisUrl: string,
    readonly folder: string,
  ) {
    this.client = new KafkaClient({ brokers, clientId: 'world', prefix: this.prefix }, silentLogger);
    this.producer = new RecordProducer(this.client);
    this.#admin = new KafkaAdmin(this.client);
  }

  static async create(brokers: readonly string[], redisUrl: string): Promise<TrainerWorld> {
    const world = await TrainerWorld.withoutTopics(brokers, redisUrl);
    await world.applyTopics();
    return world;
  }

  static async withoutTopics(brokers: readonly string[], redisUrl: string): Promise<TrainerWorld> {
    return new TrainerWorld(brokers, redisUrl, await mkdtemp(join(tmpdir(), 'rollcast-trainer-')));
  }

  async applyTopics(): Promise<void> {
    await this.#admin.untilReady(60_000);
    const plans = TOPICS.filter(({ name }) => TOPICS_OF_A_TRAINER.includes(name)).map(
      ({ name, partitions, configs }) => ({
        name,
        partitions: partitions === 'pipeline' ? 3 : partitions,
        configs,
      }),
    );
    await applyTopics(this.client, this.#admin, plans);
  }

  async define(definition: StreamDefinition): Promise<void> {
    const { stream } = definition;
    await this.producer.send([{ topic: 'streams', key: stream, value: JSON.stringify(definition) }]);
  }

  async undefine(stream: string): Promise<void> {
    await this.producer.send([{ topic: 'streams', key: stream, value: null }]);
  }

  async frames(frames: readonly Frame[]): Promise<void> {
    await this.producer.send(
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
    await started.ready();
    return started;
  }

  /** Starts one and does not wait. */
  start(): TrainerProcess {
    const started = new TrainerProcess({
      KAFKA_BROKERS: this.brokers.join(','),
      REDIS_URL: this.redisUrl,
      ROLLCAST_PREFIX: this.prefix,
      ROLLCAST_MODEL_STORE: this.folder,
      ROLLCAST_TRAINING_LOCK_MS: String(LOCK_MS),
      ROLLCAST_EXECUTOR: 'compiled',
      HOST: '127.0.0.1',
      PORT: '0',
    });
    this.#processes.push(started);
    return started;
  }

  /** Names of the checkpoints that lie in the store. */
  async checkpoints(): Promise<string[]> {
    const folder = join(this.folder, '.checkpoints');
    return existsSync(folder) ? (await readdir(folder)).filter((name) => !name.endsWith('.tmp')) : [];
  }

  async close(): Promise<void> {
    await Promise.all(this.#processes.map((one) => one.end('SIGKILL')));
    await deleteTopics(this.client, this.#admin, TOPICS_OF_A_TRAINER).catch(() => undefined);
    await Promise.all([this.producer.close(), this.#admin.close()]);
    const redis = new Redis(this.redisUrl);
    for await (const keys of redis.scanStream({ match: `${this.prefix}:*` }) as AsyncIterable<string[]>) {
      if (keys.length > 0) await redis.del(keys);
    }
    redis.disconnect();
    await rm(this.folder, { recursive: true, force: true });
  }
}

export class TrainerProcess {
  readonly #child: ChildProcess;
  readonly #gone: Promise<number | null>;
  readonly #url: Promise<string>;
  #log = '';

  constructor(env: Readonly<Record<string, string>>) {
    if (!existsSync(MAIN)) throw new Error('the trainer is not built: npm run build');
    this.#child = fork(MAIN, [], {
      env: { PATH: process.env['PATH'] ?? '', ...env },
      execArgv: [],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    for (const output of [this.#child.stdout, this.#child.stderr]) {
      output?.on('data', (text: Buffer) => (this.#log += text.toString()));
    }
    this.#gone = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#url = new Promise((resolve, reject) => {
      this.#child.on('message', (message) => resolve((message as { listening: string }).listening));
      this.#child.once('exit', () => reject(new Error(`the trainer ended:\n${this.#log}`)));
    });
    this.#url.catch(() => undefined);
  }

  /** Everything that it has written. */
  get log(): string {
    return this.#log;
  }

  async ready(): Promise<void> {
    const url = await this.#url;
    await eventually('the trainer is ready', async () => (await fetch(`${url}/health/ready`)).ok);
  }

  async get(path: string): Promise<{ readonly status: number; readonly text: string }> {
    const reply = await fetch(`${await this.#url}${path}`);
    return { status: reply.status, text: await reply.text() };
  }

  async request(stream: string, body: object = {}): Promise<TrainingJobView> {
    return TrainingJobView.parse(await this.#call('POST', `/v1/streams/${stream}/training-jobs`, body));
  }

  async cancel(stream: string, job: string): Promise<TrainingJobView> {
    return TrainingJobView.parse(await this.#call('DELETE', `/v1/streams/${stream}/training-jobs/${job}`));
  }

  async job(stream: string, job: string): Promise<TrainingJobView> {
    return TrainingJobView.parse(await this.#call('GET', `/v1/streams/${stream}/training-jobs/${job}`));
  }

  async jobs(stream: string): Promise<TrainingJobView[]> {
    return TrainingJobView.array().parse(await this.#call('GET', `/v1/streams/${stream}/training-jobs`));
  }

  async models(stream: string): Promise<ModelsView> {
    return ModelsView.parse(await this.#call('GET', `/v1/streams/${stream}/models`));
  }

  async useChampion(stream: string, version: string): Promise<ModelsView> {
    return ModelsView.parse(await this.#call('PUT', `/v1/streams/${stream}/models/champion`, { version }));
  }

  /** Waits until the job has ended. */
  ended(stream: string, job: string): Promise<TrainingJobView> {
    return eventually(`job ${job} of ${stream} ends`, async () => {
      const view = await this.job(stream, job);
      return view.finishedAt !== null && view;
    });
  }

  /** Waits until the job has trained so many steps. */
  atStep(stream: string, job: string, step: number): Promise<TrainingJobView> {
    return eventually(`job ${job} is at step ${step}`, async () => {
      const view = await this.job(stream, job);
      if (view.finishedAt !== null) throw new Error(`it has ended: ${JSON.stringify(view)}`);
      return view.progress?.phase === 'training' && view.progress.step >= step && view;
    });
  }

  /** Waits until another run of a job trains.
   *  @returns the first step that is known of it; what the run before reported is not taken for it */
  async resumedAt(stream: string, job: string): Promise<number> {
    await eventually(`job ${job} begins again`, async () => {
      const { progress } = await this.job(stream, job);
      return progress !== null && progress.phase !== 'training';
    });
    return (await this.atStep(stream, job, 1)).progress?.step ?? 0;
  }

  /** @returns the exit code */
  async end(signal: NodeJS.Signals): Promise<number | null> {
    this.#child.kill(signal);
    return this.#gone;
  }

  async #call(method: string, path: string, body?: object): Promise<unknown> {
    const reply = await fetch(`${await this.#url}${path}`, {
      method,
      ...(body === undefined
        ? {}
        : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
    if (!reply.ok) throw new Error(`${method} ${path}: ${reply.status} ${await reply.text()}`);
    return reply.json();
  }
}
