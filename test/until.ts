/** @file Waiting in tests: for a condition, never for a time.
 *
 *  Law: it looks again and again, and settles with the first value that is neither false, null nor undefined. What the
 *  look throws is passed on. A deadline that passes is an error that names what never came; without one of its own it
 *  is that of the project (vitest.config.ts), which passes before the test's own time is up. */
import { setTimeout as pause } from 'node:timers/promises';
import { inject } from 'vitest';

declare module 'vitest' {
  interface ProvidedContext {
    /** How long `until` waits unless it is told, in milliseconds. */
    patienceMs: number;
  }
}

const LOOK_EVERY_MS = 25;

type Found<T> = T | false | null | undefined;

/** @param what is waited for, as a sentence; a function is asked for it at the end, when there is more to say
 *  @throws Error `not within ... ms: what` */
export async function until<T>(
  what: string | (() => string),
  look: () => Found<T> | Promise<Found<T>>,
  withinMs = inject('patienceMs'),
): Promise<T> {
  const end = performance.now() + withinMs;
  for (;;) {
    const found = await look();
    if (found !== false && found !== null && found !== undefined) return found;
    if (performance.now() > end) {
      throw new Error(`not within ${withinMs} ms: ${typeof what === 'string' ? what : what()}`);
    }
    await pause(LOOK_EVERY_MS);
  }
}
