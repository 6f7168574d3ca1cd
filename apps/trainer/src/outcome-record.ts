/** @file How a run ended, kept until BullMQ surely has it.
 *
 *  BullMQ takes a job back from a worker that Redis has not heard of for a while; the worker may be well and end the
 *  run, but then nobody takes its answer. Law: whoever is given such a job next finds the end here and runs nothing;
 *  a job that BullMQ did end, and that a person tries again from the board, is another attempt and is run. */
import type { Redis } from 'ioredis';
import { z } from 'zod';
import { ErrorView, TrainingJobView } from '#contracts';
import type { TrainerKeys } from './trainer-keys.js';

const JobOutcome = z.union([
  z.object({ problem: ErrorView }),
  z.object({ verdict: TrainingJobView.shape.verdict }),
]);
export type JobOutcome = z.infer<typeof JobOutcome>;
const Entry = z.object({ attempt: z.int(), outcome: JobOutcome });

/** A job and how often BullMQ has seen it end. */
export interface Attempt {
  readonly job: string;
  readonly attempt: number;
}

const KEPT_MS = 24 * 3_600_000;

export class OutcomeRecord {
  readonly #redis: Redis;
  readonly #keys: TrainerKeys;

  constructor(redis: Redis, keys: TrainerKeys) {
    this.#redis = redis;
    this.#keys = keys;
  }

  /** @returns null: this attempt has not been run to its end. */
  async read({ job, attempt }: Attempt): Promise<JobOutcome | null> {
    const text = await this.#redis.get(this.#keys.outcome(job));
    if (text === null) return null;
    const entry = Entry.safeParse(JSON.parse(text));
    return entry.success && entry.data.attempt === attempt ? entry.data.outcome : null;
  }

  /** Waits as long as Redis is away. */
  async write({ job, attempt }: Attempt, outcome: JobOutcome): Promise<void> {
    const entry = JSON.stringify({ attempt, outcome });
    await this.#redis.set(this.#keys.outcome(job), entry, 'PX', KEPT_MS);
  }
}
