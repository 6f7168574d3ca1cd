/** @file Waiting before trying again: growing, bounded, jittered, abortable.
 *
 *  Law: no loop of this library tries again at once, and none waits longer than `maxMs`. */
import { setTimeout as delay } from 'node:timers/promises';

export interface Backoff {
  readonly firstMs: number;
  readonly maxMs: number;
}

/** Long enough to spare a broker that is starting, short enough that nobody notices the last wait. */
export const OUTAGE: Backoff = { firstMs: 100, maxMs: 3_000 };

/** Milliseconds to wait before try number `attempt` (from 0): doubles, up to `maxMs`, less up to a quarter. */
export function waitMs(
  attempt: number,
  { firstMs, maxMs }: Backoff,
  random: () => number = Math.random,
): number {
  return Math.min(maxMs, firstMs * 2 ** Math.min(attempt, 20)) * (1 - random() / 4);
}

/** Sleeps; comes back early, without an error, when the signal is aborted. */
export async function pause(ms: number, signal?: AbortSignal): Promise<void> {
  try {
    await delay(ms, undefined, signal === undefined ? {} : { signal });
  } catch (error) {
    if (signal?.aborted !== true) throw error;
  }
}

/** Runs `act` until it succeeds, `isFinal` says its error is no outage, the deadline passes or the signal is aborted.
 *  The deadline counts from the first failure since there was progress: work that takes long is not an outage that does.
 *  @throws the last error of `act` */
export async function retrying<T>(
  act: (attempt: number) => Promise<T>,
  options: {
    readonly isFinal: (error: unknown) => boolean;
    readonly deadlineMs?: number;
    /** How far `act` is; another value than at the failure before is progress. Left out: a success only. */
    readonly progress?: () => unknown;
    readonly signal?: AbortSignal;
    readonly backoff?: Backoff;
    readonly onRetry?: (error: unknown, attempt: number) => void;
  },
): Promise<T> {
  let until = -Infinity;
  let reached: unknown;
  for (let attempt = 0, tried = 0; ; attempt++, tried++) {
    try {
      return await act(tried);
    } catch (error) {
      const now = options.progress?.();
      if (tried === 0 || now !== reached) {
        until = Date.now() + (options.deadlineMs ?? Infinity);
        attempt = 0;
        reached = now;
      }
      const wait = waitMs(attempt, options.backoff ?? OUTAGE);
      const givenUp = () => options.signal?.aborted === true;
      if (options.isFinal(error) || givenUp() || Date.now() + wait > until) throw error;
      options.onRetry?.(error, attempt);
      await pause(wait, options.signal);
      if (givenUp()) throw error;
    }
  }
}

/** `work`, or a rejection with the signal's reason once it is aborted: for calls whose answer nobody waits for any more. */
export async function unlessAborted<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  let abort = () => undefined as void;
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(signal.reason as Error);
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

/** `work`, or a rejection after `ms`: for calls of the client that may hang on a dead connection. */
export async function within<T>(ms: number, work: Promise<T>, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} took longer than ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
