/** @file The way to Redis, shared by everything in this service.
 *
 *  Law: a connection that is lost is sought again for ever, with a capped back-off. Work in the background waits for
 *  it (`client`: commands queue up until Redis is back); whoever answers a person does not (`ask`: REDIS_UNAVAILABLE
 *  at once, or after two seconds without an answer; then it is open whether Redis has done it). */
import { Redis } from 'ioredis';
import { RollcastError } from '#contracts';
import { within } from '#platform';

export interface RedisIndication {
  readonly status: 'up' | 'waiting';
  readonly detail?: string;
}

const RETRY_CAP_MS = 2_000;
const ANSWER_WITHIN_MS = 2_000;

export class RedisLink {
  readonly client: Redis;
  readonly #followers: Redis[] = [];
  #problem = 'not connected yet';
  #downSince: number | null = Date.now();
  #told = false;
  #closed = false;
  readonly #onOutage: (problem: string | null) => void;

  /** @param url `redis://` or `rediss://`, with user and password where needed
   *  @param onOutage told once when Redis is away, with the problem, and once when it is back, with null */
  constructor(url: string, onOutage: (problem: string | null) => void = () => undefined) {
    this.#onOutage = onOutage;
    this.client = new Redis(url, {
      // Required by BullMQ's workers: a command waits for Redis instead of failing after so many reconnections.
      maxRetriesPerRequest: null,
      connectTimeout: 5_000,
      retryStrategy: (times) => Math.min(RETRY_CAP_MS, 50 * 2 ** Math.min(times, 10)),
    });
    this.client.on('ready', () => {
      this.#downSince = null;
      this.#problem = 'the connection was lost';
      this.#tell(false);
    });
    this.client.on('close', () => {
      this.#downSince ??= Date.now();
      this.#tell(true);
    });
    this.client.on('error', (error: Error) => (this.#problem = error.message || error.name));
  }

  /** A second connection of the same kind, for what blocks one (subscriptions). Closed with this one. */
  follower(): Redis {
    const follower = this.client.duplicate();
    // Its troubles are those of the main connection, which reports them.
    follower.on('error', () => undefined);
    this.#followers.push(follower);
    return follower;
  }

  /** Whether an outage was told that has not ended. */
  get isAway(): boolean {
    return this.#told;
  }

  /** Calls back whenever Redis is there (again): what it forgot can be told once more. */
  onReady(listener: () => void): () => void {
    this.client.on('ready', listener);
    return () => void this.client.off('ready', listener);
  }

  /** Does something for somebody who waits.
   *  @throws REDIS_UNAVAILABLE */
  async ask<T>(work: () => Promise<T>): Promise<T> {
    if (this.client.status !== 'ready') throw this.#unavailable(this.#problem);
    try {
      return await within(ANSWER_WITHIN_MS, work(), () => {
        throw this.#unavailable(`no answer in ${ANSWER_WITHIN_MS} ms`);
      });
    } catch (error) {
      if (error instanceof RollcastError) throw error;
      if (this.client.status !== 'ready') throw this.#unavailable(this.#problem, error);
      throw error;
    }
  }

  /** For the health page. */
  async health(): Promise<RedisIndication> {
    try {
      await this.ask(() => this.client.ping());
      return { status: 'up' };
    } catch (error) {
      const since = this.#downSince === null ? '' : ` since ${new Date(this.#downSince).toISOString()}`;
      const problem = error instanceof Error ? error.message : String(error);
      return { status: 'waiting', detail: `${problem}${since}; trying again` };
    }
  }

  /** Lets go; commands that still wait are given up. */
  close(): void {
    this.#closed = true;
    for (const connection of [...this.#followers, this.client]) connection.disconnect();
  }

  #tell(away: boolean): void {
    if (this.#closed || away === this.#told) return;
    this.#told = away;
    this.#onOutage(away ? this.#problem : null);
  }

  #unavailable(problem: string, cause?: unknown): RollcastError {
    return new RollcastError('REDIS_UNAVAILABLE', { problem }, cause);
  }
}
