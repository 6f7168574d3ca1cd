/** @file The grid of a stream: step `i` covers `[i * frequency, (i + 1) * frequency)` since 1970 UTC.
 *
 *  Law: `stepBegin(gridIndex(t)) <= t < stepBegin(gridIndex(t) + 1)`, also before 1970. It knows no calendar:
 *  a day is 24 hours of UTC. */

/** Index of the step that holds an event time.
 *  @param time milliseconds since 1970 UTC
 *  @param frequency length of a step in milliseconds, above 0 */
export function gridIndex(time: number, frequency: number): number {
  return Math.floor(time / frequency);
}

/** First millisecond of a step. */
export function stepBegin(index: number, frequency: number): number {
  return index * frequency;
}
