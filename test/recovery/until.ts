/** @file Waiting for conditions, never for times. */

const LOOK_EVERY_MS = 25;

/** Looks again and again until the condition holds; what it throws is passed on.
 *  @throws Error naming the condition when it does not come true in time */
export async function until(
  what: string,
  holds: () => boolean | Promise<boolean>,
  deadlineMs = 60_000,
): Promise<void> {
  const end = Date.now() + deadlineMs;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`not within ${deadlineMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}
