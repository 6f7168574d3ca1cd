/** @file Stops kafkajs' idle connections from re-arming a 1 ms timer for ever.
 *
 *  kafkajs 2.2.4 checks its queue of pending requests by a timer that arms itself again even when nothing is
 *  pending (its issues 1556 and 1704): with a producer a partition that costs a measurable part of a core, and on
 *  Node 24 the computed delay is negative and prints a warning. The guard arms only while something is pending,
 *  and never with a negative delay.
 *
 *  Law: a throttled or full queue is still looked at again; an idle one sleeps. Where the internals look different
 *  (another version), it does nothing. */
import { createRequire } from 'node:module';

interface RequestQueueLike {
  pending: unknown[];
  throttledUntil: number;
  throttleCheckTimeoutId: NodeJS.Timeout | null;
  checkPendingRequests(): void;
}

interface RequestQueuePrototype {
  scheduleCheckPendingRequests?: (this: RequestQueueLike) => void;
  checkPendingRequests?: unknown;
}

/** kafkajs' own interval for looking at a queue that is full rather than throttled. */
const CHECK_AGAIN_MS = 10;
const GUARDED = Symbol.for('timer guard of the request queue');

/** What every known version of the method does; anything else is left alone. */
const EXPECTED = ['throttleCheckTimeoutId', 'throttledUntil', 'checkPendingRequests', 'setTimeout'];

/** Replaces the re-arming method on a request queue's prototype.
 *  @returns whether the guard is in place */
export function guardPrototype(prototype: object | undefined): boolean {
  const target = prototype as (RequestQueuePrototype & { [GUARDED]?: boolean }) | undefined;
  const original = target?.scheduleCheckPendingRequests;
  if (target === undefined || typeof original !== 'function') return false;
  if (target[GUARDED] === true) return true;
  const source = Function.prototype.toString.call(original);
  if (typeof target.checkPendingRequests !== 'function' || !EXPECTED.every((word) => source.includes(word))) {
    return false;
  }
  target.scheduleCheckPendingRequests = function (this: RequestQueueLike): void {
    if (this.throttleCheckTimeoutId !== null || this.pending.length === 0) return;
    const throttledFor = this.throttledUntil - Date.now();
    this.throttleCheckTimeoutId = setTimeout(
      () => {
        this.throttleCheckTimeoutId = null;
        this.checkPendingRequests();
      },
      throttledFor > 0 ? throttledFor : CHECK_AGAIN_MS,
    );
  };
  target[GUARDED] = true;
  return true;
}

/** Guards the kafkajs that this process uses.
 *  @returns false when kafkajs' internals look different and nothing was changed */
export function guardIdleTimers(): boolean {
  try {
    const load = createRequire(import.meta.url);
    const queue = load('kafkajs/src/network/requestQueue/index.js') as { prototype?: object } | undefined;
    return guardPrototype(queue?.prototype);
  } catch {
    return false;
  }
}
