/** @file Replays a CSV file into a running Rollcast: definition over HTTP, readings to Kafka.
 *
 *  Law: both go to the same Rollcast. Whoever names its base URL and no Kafka has readings sent over HTTP, too. */
import { access, constants } from 'node:fs/promises';
import { formatTime, type StreamDefinition, type StreamView } from '#contracts';
import { type KafkaClient, RecordProducer, type RecordSink, TopicReader } from '#kafka';
import { closing } from '../closing.js';
import type { Speed } from '../arguments.js';
import type { Context } from '../context.js';
import { csvHints, type CsvOptions } from '../csv-options.js';
import { CommandFailed } from '../failures.js';
import { bodyOf, RollcastApi } from '../http/rollcast-api.js';
import { openKafka, whereKafkaIs } from '../kafka-access.js';
import { DEFAULT_URL } from '../ports.js';
import { type CsvReplay, happeningNow, readCsv } from './csv-replay.js';
import { httpSink } from './http-sink.js';
import { newestPublished, notYetPublished } from './published-before.js';
import { Replay } from './replay.js';
import { nameOf } from './stream-of-file.js';
import { type TimedReading, withTicks } from './timed-readings.js';
import { whatItCosts } from '../stream.js';
import { readSurroundings } from '../surroundings.js';
import { count, minute } from '../terminal/figures.js';
import { Progress } from '../terminal/progress.js';
import { unreadable } from '../unreadable.js';

export interface ReplayOptions extends CsvOptions {
  readonly stream?: string;
  readonly speed: Speed;
  readonly create?: true;
  readonly shiftToNow?: true;
  readonly force?: true;
  readonly url: string;
}

export async function replayFile(context: Context, path: string, options: ReplayOptions): Promise<void> {
  const { console, signal } = context;
  const { kafka, configured } = readSurroundings(context);
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
  const byHttp = options.url !== DEFAULT_URL && !configured.kafka;
  if (byHttp) console.say(`readings go over HTTP to ${options.url}: KAFKA_BROKERS names no Kafka`);
  await closing(console.say, async (begun) => {
    const client = byHttp ? null : openKafka(kafka, context, begun).client;
    const rest =
      options.force === true
        ? csv.readings
        : await whereKafkaIs(kafka, () => notPublished(api, client, definition, csv, context));
    if (rest.length === 0) {
      return console.say(
        `already published: all ${count(csv.readings.length)} readings of ${path} lie before what stream "${stream}" has of these series (--force publishes them again)`,
      );
    }
    let sink = httpSink(api, stream);
    if (client !== null) {
      const producer = new RecordProducer(client);
      begun.add('the producer', () => producer.close());
      sink = producer;
    }
    await publish(rest, definition, sink, context, options);
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

/** The readings that are not there yet; says how many are. */
async function notPublished(
  api: RollcastApi,
  client: KafkaClient | null,
  definition: StreamDefinition,
  csv: CsvReplay,
  { console, signal }: Context,
): Promise<readonly TimedReading[]> {
  const reader = client === null ? null : new TopicReader(client, ['readings']);
  const frames = await api.series(definition.stream);
  const newest = await newestPublished(definition, csv.series, frames, reader, signal).finally(() =>
    reader?.close(),
  );
  const { before, rest } = notYetPublished(csv.readings, newest);
  if (before > 0 && rest.length > 0)
    console.say(
      `${count(before)} of ${count(csv.readings.length)} readings are there already: going on behind them`,
    );
  return rest;
}

/** Sends readings and the ticks that close the last steps. */
async function publish(
  readings: readonly TimedReading[],
  definition: StreamDefinition,
  sink: RecordSink,
  { console, signal }: Context,
  { speed }: ReplayOptions,
): Promise<void> {
  const replay = new Replay(withTicks(readings, definition), sink);
  const progress = new Progress(console, 'replay');
  try {
    await replay.run({
      speed,
      signal,
      onProgress: () => progress.update(replay.sent / replay.total, replayNote(replay)),
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
export function replayNote({ sent, total, newest }: Replay): string {
  return `${count(sent)} of ${count(total)} readings, up to ${newest === undefined ? 'none' : minute(formatTime(newest.time))}`;
}

function hintsOf(stream: string, options: ReplayOptions, existing: StreamDefinition | undefined) {
  const channels = existing?.channels.map(({ name }) => name);
  return { stream, ...(channels !== undefined && { channels }), ...csvHints(options) };
}
