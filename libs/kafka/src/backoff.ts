/** @file Patience with a broker: waiting before trying again (growing, bounded, jittered, abortable), and no longer
 *  than so long for one answer.
 *
 *  Law: no loop of this library tries again at once, and none waits longer than `maxMs`. */
import { setTimeout as delay } from 'node:timers/promises';
import { RollcastError } from '#contracts';
import { within } from '#platform';

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

/** Sleeps between two tries; comes back early, without an error, when the signal is aborted. */
export async function rest(ms: number, signal?: AbortSignal): Promise<void> {
  await delay(ms, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
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
      await rest(wait, options.signal);
      if (givenUp()) throw error;
    }
  }
}

/** `work`, or BROKER_UNAVAILABLE after `ms`: a client may hang on a dead connection, and a broker that hangs is an
 *  outage like one that is gone.
 *  @param what as a sentence begins: "a send" */
export async function answered<T>(ms: number, work: Promise<T>, what: string): Promise<T> {
  return within(ms, work, () => {
    throw new RollcastError('BROKER_UNAVAILABLE', { problem: `${what} took longer than ${ms} ms` });
  });
}

/** Lets a connection go. Whether the farewell reaches a broker matters to nobody, and a dead one is not worth more. */
export async function farewell(disconnecting: Promise<void>, ms = 2_000): Promise<void> {
  await within(ms, disconnecting, () => undefined).catch(() => undefined);
}
