/** @file What is known of the series of a stream, for people: from the committed topics, whoever owns the partitions.
 *
 *  Law: all of it is of the definition in force. A stream that was deleted and defined anew with another grid or other
 *  channels has no series and no forecast before its first new ones, whatever still lies in the topics. */
import {
  durationMs,
  eventTimeMs,
  type Forecast,
  formatTime,
  type Frame,
  parseSeriesKey,
  type RecentView,
  isDeadLetter,
  RollcastError,
  seriesKey,
  type SeriesView,
  type StreamDefinition,
} from '#contracts';
import { type DefinitionSource, existingDefinition } from '#kafka';
import { setImmediate as othersTurn } from 'node:timers/promises';
import type { LatestForecasts } from './latest-forecasts.js';
import { parseFrame } from './parse-frame.js';
import { factsOf, gridMark } from './series-facts.js';
import { fingerprintOf } from './series-record.js';
import type { RecentRecords } from './recent-records.js';

export interface SeriesViewsParts {
  readonly definitions: DefinitionSource;
  /** The changelog `predictor.state` as digests: one a living series. */
  readonly states: { entries(): ReadonlyMap<string, Buffer> };
  readonly frames: RecentRecords;
  readonly forecasts: LatestForecasts;
}

/** So many series are looked at in a row; then others have their turn: forecasts are made on the same event loop. */
const AT_ONCE = 50;

export class SeriesViews {
  constructor(private readonly parts: SeriesViewsParts) {}

  /** Living series of a stream, by name. Nobody else waits long for it, however many they are.
   *  @throws NO_SUCH_STREAM */
  async list(stream: string): Promise<SeriesView[]> {
    const definition = await existingDefinition(this.parts.definitions, stream);
    const grid = gridMark(fingerprintOf(definition));
    const views: SeriesView[] = [];
    let seen = 0;
    for (const [key, digest] of this.parts.states.entries()) {
      const name = key.startsWith(`${stream}/`) ? parseSeriesKey(key) : null;
      if (name === null) continue;
      const view = this.view(definition, grid, name.series, digest);
      if (view !== null) views.push(view);
      if (++seen % AT_ONCE === 0) await othersTurn();
    }
    return views.sort((a, b) => (a.series < b.series ? -1 : 1));
  }

  /** @throws NO_SUCH_STREAM */
  async refuseUnknown(stream: string): Promise<void> {
    await existingDefinition(this.parts.definitions, stream);
  }

  /** @throws NO_SUCH_SERIES, NO_SUCH_STREAM */
  async forecast(stream: string, series: string): Promise<Forecast> {
    const definition = await existingDefinition(this.parts.definitions, stream);
    const forecast = this.parts.forecasts.of(seriesKey(stream, series));
    if (forecast === null || !isOf(definition, forecast))
      throw new RollcastError('NO_SUCH_SERIES', { stream, series });
    return forecast;
  }

  /** @throws NO_SUCH_SERIES, NO_SUCH_STREAM */
  async recent(stream: string, series: string): Promise<RecentView> {
    const definition = await existingDefinition(this.parts.definitions, stream);
    const frequencyMs = durationMs(definition.frequency);
    const frames = servedFrames(definition, this.parts.frames.of(seriesKey(stream, series)));
    const [first, last] = [frames[0], frames.at(-1)];
    if (first === undefined || last === undefined)
      throw new RollcastError('NO_SUCH_SERIES', { stream, series });
    const place = (frame: Frame) =>
      Math.round((eventTimeMs(frame.time) - eventTimeMs(first.time)) / frequencyMs);
    // A gap that would blow the answer up is left out: what lies before it is history.
    const length = Math.min(place(last) + 1, 4 * frames.length + 100);
    const from = place(last) + 1 - length;
    const values = Object.fromEntries(
      definition.channels.map(({ name }) => [name, new Array<number | null>(length).fill(null)]),
    );
    for (const frame of frames) {
      const at = place(frame) - from;
      if (at < 0) continue;
      for (const { name } of definition.channels)
        (values[name] as (number | null)[])[at] = frame.values[name] ?? null;
    }
    return { from: formatTime(eventTimeMs(first.time) + from * frequencyMs), frequencyMs, values };
  }

  private view(
    definition: StreamDefinition,
    grid: string,
    series: string,
    digest: Buffer,
  ): SeriesView | null {
    const head = this.parts.forecasts.headOf(seriesKey(definition.stream, series));
    if (head === null) return null;
    const { first, last, grid: own } = factsOf(digest);
    if (own !== grid) return null;
    const lastFrame = formatTime(last * durationMs(definition.frequency));
    return { series, lastFrame, steps: last - first + 1, ...head };
  }
}

/** Was a forecast made under this definition, or another one of the same grid and channels? */
function isOf({ frequency, horizon, channels }: StreamDefinition, forecast: Forecast): boolean {
  return (
    forecast.frequencyMs === durationMs(frequency) &&
    forecast.horizon === horizon &&
    hasExactly(channels, forecast.channels)
  );
}

function hasExactly(channels: StreamDefinition['channels'], named: Readonly<Record<string, unknown>>) {
  return (
    Object.keys(named).length === channels.length && channels.every(({ name }) => Object.hasOwn(named, name))
  );
}

/** Those that move their series forward; the others among the records were put aside, not served, or are of channels
 *  that the stream no longer has. */
function servedFrames({ channels }: StreamDefinition, values: readonly Buffer[]): Frame[] {
  const frames: Frame[] = [];
  let newest = -Infinity;
  for (const value of values) {
    const frame = frameOrNull(value);
    if (frame === null || !channels.some(({ name }) => Object.hasOwn(frame.values, name))) continue;
    if (eventTimeMs(frame.time) <= newest) continue;
    newest = eventTimeMs(frame.time);
    frames.push(frame);
  }
  return frames;
}

function frameOrNull(value: Buffer): Frame | null {
  try {
    return parseFrame(value);
  } catch (error) {
    if (isDeadLetter(error)) return null;
    throw error;
  }
}
