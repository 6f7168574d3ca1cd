/** @file Replays a CSV file into a running Rollcast: definition over HTTP, readings to Kafka. */
import { access, constants } from 'node:fs/promises';
import { formatTime, type StreamDefinition, type StreamView } from '#contracts';
import { RecordProducer, TopicReader } from '#kafka';
import { closing } from './closing.js';
import type { Context } from './context.js';
import { CommandFailed } from './failures.js';
import { bodyOf, RollcastApi } from './http/rollcast-api.js';
import { type KafkaAccess, openKafka, whereKafkaIs } from './kafka-access.js';
import type { ReplayOptions } from './replay.command.js';
import { type CsvReplay, happeningNow, readCsv } from './replay/csv-replay.js';
import { newestPublished, partition } from './replay/published-before.js';
import { type ReadingSink, Replay } from './replay/replay.js';
import { nameOf } from './replay/stream-of-file.js';
import { type TimedReading, withTicks } from './replay/timed-readings.js';
import { whatItCosts } from './stream.js';
import { readSurroundings } from './surroundings.js';
import { count, minute } from './terminal/figures.js';
import { Progress } from './terminal/progress.js';
import { unreadable } from './unreadable.js';

export async function replayFile(context: Context, path: string, options: ReplayOptions): Promise<void> {
  const { console, signal } = context;
  const { kafka } = readSurroundings(context);
  await access(path, constants.R_OK).catch((error: unknown) => {
    throw new CommandFailed(unreadable(path, error));
  });
  const api = new RollcastApi(options.url, signal);
  const stream = options.stream ?? nameOf(path);
  // Asked before a large file is read for nothing.
  const existing = await api.streamIfAny(stream);
  if (existing === null && options.create !== true) {
    throw new CommandFailed(`no stream "${stream}" is defined: --create defines it from the file`);
  }
  const found = await readCsv(path, hintsOf(stream, options, existing?.definition));
  found.notes.forEach((note) => console.say(`  ${note}`));
  const definition = existing?.definition ?? (await define(api, found, console.say));
  const csv =
    options.shiftToNow === true ? happeningNow(found, definition, Date.now(), options.speed === 1) : found;
  await closing(console.say, async (begun) => {
    const opened = openKafka(kafka, context, begun);
    const rest =
      options.force === true
        ? csv.readings
        : await whereKafkaIs(kafka, () => notPublished(api, opened, definition, csv, context));
    if (rest.length === 0) {
      return console.say(
        `already published: all ${count(csv.readings.length)} readings of ${path} lie before what stream "${stream}" has of these series (--force publishes them again)`,
      );
    }
    const producer = new RecordProducer(opened.client);
    begun.add('the producer', () => producer.close());
    await publish(rest, definition, producer, context, options);
  });
}

/** Defines the stream as it was found in the file. */
export async function define(
  api: RollcastApi,
  { definition }: CsvReplay,
  say: (line: string) => void,
): Promise<StreamDefinition> {
  const view: StreamView = await api.putStream(definition.stream, bodyOf(definition));
  whatItCosts(view).forEach(say);
  return view.definition;
}

/** The readings that are not in Kafka yet; says how many are. */
async function notPublished(
  api: RollcastApi,
  { client }: KafkaAccess,
  definition: StreamDefinition,
  csv: CsvReplay,
  { console, signal }: Context,
): Promise<readonly TimedReading[]> {
  const reader = new TopicReader(client, ['readings']);
  try {
    const newest = await newestPublished(
      definition,
      csv.series,
      await api.series(definition.stream),
      reader,
      signal,
    );
    const { before, rest } = partition(csv.readings, newest);
    if (before > 0 && rest.length > 0)
      console.say(
        `${count(before)} of ${count(csv.readings.length)} readings are there already: going on behind them`,
      );
    return rest;
  } finally {
    await reader.close();
  }
}

/** Sends readings and the ticks that close the last steps. */
async function publish(
  readings: readonly TimedReading[],
  definition: StreamDefinition,
  sink: ReadingSink,
  { console, signal }: Context,
  { speed }: ReplayOptions,
): Promise<void> {
  const replay = new Replay(withTicks(readings, definition), sink);
  const progress = new Progress(console, 'replay');
  try {
    await replay.run({
      speed,
      signal,
      onProgress: () => progress.update(replay.sent / replay.total, noteOf(replay)),
    });
  } catch (error) {
    progress.clear();
    if (replay.sent > 0)
      console.say(`${count(replay.sent)} readings were published; the same command goes on behind them`);
    throw error;
  }
  progress.end(`${count(readings.length)} readings published, and a tick for each series`);
}

/** Where a replay stands, for its bar. */
export function noteOf({ sent, total, newest }: Replay): string {
  return `${count(sent)} of ${count(total)} readings, up to ${newest === undefined ? 'none' : minute(formatTime(newest.time))}`;
}

function hintsOf(stream: string, options: ReplayOptions, existing: StreamDefinition | undefined) {
  const { time, series, interval, tz } = options;
  const channels = options.channels ?? existing?.channels.map(({ name }) => name);
  return {
    stream,
    ...(time !== undefined && { time }),
    ...(series !== undefined && { series }),
    ...(channels !== undefined && { channels }),
    ...(interval !== undefined && { interval }),
    ...(tz !== undefined && { tz }),
  };
}
