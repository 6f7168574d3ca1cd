/** @file Cancelling a training that may run in any process, or in none at the moment.
 *
 *  Law: a wish to cancel is a key in Redis that outlives every process, and a call on a channel that makes it quick.
 *  A process that missed the call (it was starting, or cut off) finds the key: before it runs a job, when its
 *  subscription is there again, and every few seconds meanwhile. */
import type { Redis } from 'ioredis';
import type { RedisLink } from './redis-link.js';
import type { TrainerKeys } from './trainer-keys.js';

/** A wish that nobody met in a month is forgotten: the job is long gone, or its schedule is a rare one. */
const WISH_TTL_MS = 31 * 24 * 3_600_000;
const LOOK_EVERY_MS = 3_000;

export class Cancellation {
  readonly #link: RedisLink;
  readonly #keys: TrainerKeys;
  readonly #lookEveryMs: number;
  readonly #watched = new Map<string, (reason: string) => void>();
  #subscriber: Redis | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(link: RedisLink, keys: TrainerKeys, lookEveryMs = LOOK_EVERY_MS) {
    this.#link = link;
    this.#keys = keys;
    this.#lookEveryMs = lookEveryMs;
  }

  /** Wishes that a job ends; a run of it, wherever it is, hears of it. */
  async request(job: string, reason: string): Promise<void> {
    await this.#link.client
      .multi()
      .set(this.#keys.cancel(job), reason, 'PX', WISH_TTL_MS)
      .publish(this.#keys.cancelCalls, job)
      .exec();
  }

  /** Why the job is to end, or null. */
  async wished(job: string): Promise<string | null> {
    return this.#link.client.get(this.#keys.cancel(job));
  }

  /** The wish has been met, or came too late. */
  async forget(job: string): Promise<void> {
    await this.#link.client.del(this.#keys.cancel(job));
  }

  /** Listens for the wish, for as long as a run of the job lasts; calls back at most once.
   *  @returns ends the listening */
  watch(job: string, onWish: (reason: string) => void): () => void {
    this.#start();
    this.#watched.set(job, onWish);
    this.#look(job);
    return () => void this.#watched.delete(job);
  }

  close(): void {
    clearInterval(this.#timer);
    this.#watched.clear();
  }

  #start(): void {
    if (this.#subscriber !== undefined) return;
    this.#subscriber = this.#link.follower();
    this.#subscriber.on('message', (_: string, job: string) => this.#look(job));
    this.#subscriber.on('ready', () => this.#lookAtAll());
    // ioredis subscribes again by itself after every reconnection.
    this.#subscriber.subscribe(this.#keys.cancelCalls).catch(() => undefined);
    this.#timer = setInterval(() => this.#lookAtAll(), this.#lookEveryMs);
    this.#timer.unref();
  }

  #lookAtAll(): void {
    // While Redis is away a question would only wait in line with the ones before it.
    if (this.#link.client.status !== 'ready') return;
    for (const job of this.#watched.keys()) this.#look(job);
  }

  #look(job: string): void {
    if (!this.#watched.has(job)) return;
    this.wished(job).then(
      (reason) => {
        const onWish = reason === null ? undefined : this.#watched.get(job);
        if (reason === null || onWish === undefined) return;
        this.#watched.delete(job);
        onWish(reason);
      },
      // The connection was closed for good: the process ends.
      () => undefined,
    );
  }
}
