/** @file Shortens the one retry of kafkajs that no option reaches.
 *
 *  InitProducerId (a partition's fence) is retried by kafkajs 2.2.4 with the *library's* defaults, 300 ms doubling
 *  five times, whatever the client is told (its transaction manager reads a setting that does not exist). It meets a
 *  retriable answer whenever the old owner has a transaction open or a coordinator loads: up to nine seconds for
 *  what takes ten milliseconds. Every other retry of ours names all its numbers, so only this one reads the defaults.
 *
 *  Law: where the defaults look different (another version), nothing is changed. */
import { createRequire } from 'node:module';

/** Milliseconds; together about ten seconds, as before, but looked at often. */
export const INIT_PRODUCER_RETRY = {
  initialRetryTime: 10,
  factor: 0.2,
  multiplier: 1.5,
  maxRetryTime: 300,
  retries: 40,
} as const;

/** Overwrites the numbers of one defaults object in place.
 *  @returns false when it is not the object that we know */
export function tune(defaults: unknown): boolean {
  if (typeof defaults !== 'object' || defaults === null || Object.isFrozen(defaults)) return false;
  const names = Object.keys(defaults).sort().join();
  if (names !== Object.keys(INIT_PRODUCER_RETRY).sort().join()) return false;
  if (!Object.values(defaults).every((value) => typeof value === 'number')) return false;
  Object.assign(defaults, INIT_PRODUCER_RETRY);
  return true;
}

/** Tunes the kafkajs that this process uses; it reads another file of defaults under NODE_ENV=test. */
export function tuneInitProducerRetries(): boolean {
  try {
    const load = createRequire(import.meta.url);
    const files = ['kafkajs/src/retry/defaults.js', 'kafkajs/src/retry/defaults.test.js'];
    return files.map((file) => tune(load(file))).every(Boolean);
  } catch {
    return false;
  }
}
