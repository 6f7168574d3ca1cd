/** @file Waits until what was published has become forecasts.
 *
 *  Law: it waits for the newest frame that the sent readings must give in every series, no longer; and not for ever:
 *  when nothing moves for a minute it fails with where it stands. */
import { eventTimeMs, formatTime, type SeriesView, type StreamDefinition } from '#contracts';
import { pause } from '#platform';
import { CommandFailed } from '../failures.js';
import { alignedFrames } from '../replay/aligned-history.js';
import type { TimedReading } from '../replay/timed-readings.js';

/** Met by `RollcastApi`. */
export interface SeriesList {
  series(stream: string): Promise<readonly Pick<SeriesView, 'series' | 'lastFrame'>[]>;
}

export interface CaughtUpOptions {
  readonly signal: AbortSignal;
  readonly onProgress: (share: number, oldest: string) => void;
  readonly pollMs?: number;
  readonly stallMs?: number;
}

/** @param sent readings in time order */
export async function caughtUp(
  list: SeriesList,
  definition: StreamDefinition,
  sent: readonly TimedReading[],
  { signal, onProgress, pollMs = 250, stallMs = 60_000 }: CaughtUpOptions,
): Promise<void> {
  const expected = newestFrames(definition, sent);
  if (expected.size === 0) return;
  const begin = sent[0]?.time ?? 0;
  let reached = -1;
  let movedAt = performance.now();
  for (;;) {
    const frames = await list.series(definition.stream);
    const seen = new Map(frames.map(({ series, lastFrame }) => [series, eventTimeMs(lastFrame)]));
    const shares = [...expected].map(([series, wanted]) => {
      const at = seen.get(series) ?? begin;
      return wanted <= at ? 1 : Math.max(0, (at - begin) / (wanted - begin));
    });
    if ([...expected].every(([series, wanted]) => (seen.get(series) ?? Number.NEGATIVE_INFINITY) >= wanted))
      return;
    const share = shares.reduce((sum, one) => sum + one, 0) / shares.length;
    const oldest = formatTime(Math.min(...[...expected.keys()].map((series) => seen.get(series) ?? begin)));
    if (share > reached) {
      reached = share;
      movedAt = performance.now();
    } else if (performance.now() - movedAt > stallMs) {
      throw new CommandFailed(`the forecasts stand at ${oldest} and have not moved for ${stallMs / 1_000} s`);
    }
    onProgress(share, oldest);
    await pause(pollMs, signal);
  }
}

/** Of each series the newest frame that the readings give; milliseconds. A series without one is absent. */
export function newestFrames(
  definition: StreamDefinition,
  sent: readonly TimedReading[],
): Map<string, number> {
  const frames = alignedFrames(definition, sent);
  return new Map([...frames].map(({ series, time }) => [series, eventTimeMs(time)]));
}
