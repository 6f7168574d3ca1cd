/** @file A trainer on a real Redis for specs: the parts wired as in the service, with short times and a training that
 *  the spec holds in its hand. Several benches on one prefix are several processes to Redis. */
import { randomUUID } from 'node:crypto';
import { StreamDefinition, TrainingJobView } from '#contracts';
import { Cancellation } from '../cancellation.js';
import { RedisLink } from '../redis-link.js';
import { TrainerKeys } from '../trainer-keys.js';
import { TrainingQueue } from '../training-queue.js';
import type { TrainingRequest, TrainingVerdict } from '../training-run.js';
import { TrainingWorker, type WorkerEvent, type WorkerSettings } from '../training-worker.js';
import { until } from '../../../../test/until.js';

export const VERDICT = {
  promoted: true,
  version: 'ridge-0a1b2c',
  kind: 'ridge',
  reason: 'it is the only one',
} as const;

export function definitionOf(stream: string, retraining: object = {}): StreamDefinition {
  return StreamDefinition.parse({ stream, channels: [{ name: 't' }], frequency: '1h', retraining });
}

/** Short enough for a test, long enough for a machine that others use too. */
export const SHORT: WorkerSettings = {
  lockMs: 1_500,
  stalledEveryMs: 300,
  progressEveryMs: 50,
  turnAfterMs: 100,
  retryAfterMs: 200,
};

/** A run that was begun and waits for the spec's word. */
export class HeldRun {
  readonly ended: Promise<TrainingVerdict>;
  /** Does not end when it is told to. */
  deaf = false;
  #resolve!: (verdict: TrainingVerdict) => void;
  #reject!: (error: unknown) => void;

  constructor(readonly request: TrainingRequest) {
    this.ended = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.ended.catch(() => undefined);
    const onAbort = () => {
      if (!this.deaf) this.fail(request.signal.reason);
    };
    request.signal.addEventListener('abort', onAbort, { once: true });
  }

  finish(verdict: TrainingVerdict = VERDICT): void {
    this.#resolve(verdict);
  }

  fail(error: unknown): void {
    this.#reject(error);
  }
}

export class TrainerBench {
  readonly definitions = new Map<string, StreamDefinition>();
  readonly runs: HeldRun[] = [];
  readonly events: WorkerEvent[] = [];
  readonly link: RedisLink;
  readonly keys: TrainerKeys;
  readonly cancellation: Cancellation;
  readonly queue: TrainingQueue;
  #worker: TrainingWorker | undefined;

  constructor(url: string, prefix = `t-${randomUUID()}`) {
    this.link = new RedisLink(url);
    this.keys = new TrainerKeys(prefix);
    this.cancellation = new Cancellation(this.link, this.keys, 200);
    this.queue = new TrainingQueue(this.link, this.keys, this.cancellation, (job) =>
      this.events.push({ what: 'cancelled while it waited', job }),
    );
  }

  async ready(): Promise<this> {
    await until('Redis is there', () => this.link.client.status === 'ready');
    return this;
  }

  define(...streams: string[]): void {
    for (const stream of streams) this.definitions.set(stream, definitionOf(stream));
  }

  work(settings: WorkerSettings = {}): void {
    this.#worker = new TrainingWorker({
      link: this.link,
      keys: this.keys,
      cancellation: this.cancellation,
      definitions: {
        get: (stream) => this.definitions.get(stream) ?? null,
        catchUp: async () => undefined,
      },
      run: (request) => {
        const run = new HeldRun(request);
        this.runs.push(run);
        return run.ended;
      },
      settings: { ...SHORT, ...settings },
      onEvent: (event) => this.events.push(event),
    });
  }

  /** The n-th run that was begun, from 0. */
  run(index: number): Promise<HeldRun> {
    return until(`run ${index} begins`, () => this.runs[index]);
  }

  /** Waits until the job has come to a state. */
  settled(stream: string, job: string, state: TrainingJobView['state']): Promise<TrainingJobView> {
    return until(`job ${job} is ${state}`, async () => {
      const view = await this.queue.get(stream, job);
      return view.state === state && view;
    });
  }

  async stopWorker(withinMs = 5_000): Promise<void> {
    await this.#worker?.stop(withinMs);
    this.#worker = undefined;
  }

  async close(): Promise<void> {
    await this.stopWorker(1_000);
    this.link.close();
    await this.queue.close();
  }
}
