/** @file How a run ended, kept until BullMQ surely has it.
 *
 *  BullMQ takes a job back from a worker that Redis has not heard of for a while; the worker may be well and end the
 *  run, but then nobody takes its answer. Law: whoever is given such a job next finds the end here and runs nothing. */
import type { Redis } from 'ioredis';
import { z } from 'zod';
import { ErrorView, TrainingJobView } from '#contracts';
import type { TrainerKeys } from './trainer-keys.js';

const Outcome = z.union([
  z.object({ problem: ErrorView }),
  z.object({ verdict: TrainingJobView.shape.verdict }),
]);
export type Outcome = z.infer<typeof Outcome>;

const KEPT_MS = 24 * 3_600_000;

export class OutcomeRecord {
  readonly #redis: Redis;
  readonly #keys: TrainerKeys;

  constructor(redis: Redis, keys: TrainerKeys) {
    this.#redis = redis;
    this.#keys = keys;
  }

  /** @returns null: the job has not been run to its end, or what stands there is not ours. */
  async read(job: string): Promise<Outcome | null> {
    const text = await this.#redis.get(this.#keys.outcome(job));
    if (text === null) return null;
    const parsed = Outcome.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : null;
  }

  /** Waits as long as Redis is away. */
  async write(job: string, outcome: Outcome): Promise<void> {
    await this.#redis.set(this.#keys.outcome(job), JSON.stringify(outcome), 'PX', KEPT_MS);
  }
}
