/** @file The demo is up + replay + train + report: nothing here does what those do not.
 *
 *  Law: everything runs under a random prefix and goes with the run, also on somebody's own Kafka and Redis. Its
 *  phases and their times are said at the end. */
import { randomBytes } from 'node:crypto';
import { accessSync, constants, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import type { StreamDefinition, TrainingJobView } from '#contracts';
import { deleteTopics, type KafkaSettings, RecordProducer } from '#kafka';
import { unlessAborted } from '#platform';
import { type Closing, closing } from '../closing.js';
import type { Context } from '../context.js';
import { caughtUp } from './caught-up.js';
import { type DataSet, demoData } from './data.js';
import { deadLettersByReason } from './dead-letters.js';
import { Phases } from './phases.js';
import { makeReport } from './make-report.js';
import type { Report } from './report.js';
import { scoreTable } from '../terminal/score-table.js';
import { trainMeanwhile } from './train-meanwhile.js';
import { CommandFailed } from '../failures.js';
import { RollcastApi } from '../http/rollcast-api.js';
import type { CsvOptions } from '../csv-options.js';
import { untilInterrupted } from '../interruption.js';
import { forgetKeys } from '../redis/ask-redis.js';
import { define, replayNote } from '../replay/replay-file.js';
import { type CsvReplay, readCsv } from '../replay/csv-replay.js';
import { Replay } from '../replay/replay.js';
import { withTicks } from '../replay/timed-readings.js';
import { readSurroundings } from '../surroundings.js';
import { count, minute, seconds } from '../terminal/figures.js';
import { Progress } from '../terminal/progress.js';
import { type BaseUrl, startBehindBaseUrl } from '../up/base-url.js';
import { startWatchedServers } from '../up/watched-servers.js';

export interface DemoOptions extends CsvOptions {
  readonly csv?: string;
  readonly data: DataSet;
  readonly exit?: true;
  readonly json?: string;
  readonly port?: number;
  readonly partitions: number;
}

/** Share of the time span after which the training is asked for. */
const TRAIN_AT = 0.8;

export async function demo(context: Context, options: DemoOptions): Promise<void> {
  const { console } = context;
  const { kafka } = readSurroundings(context);
  if (options.json !== undefined) mustTakeFiles(dirname(resolve(options.json)));
  const phases = new Phases();
  const { path, hints } = await demoData(context, options.csv, options.data, options);
  const csv = await phases.run('file', () => unlessAborted(readCsv(path, hints), context.signal));
  console.say(`${path}: ${count(csv.readings.length)} readings of ${count(csv.series.length)} series`);
  csv.notes.forEach((note) => console.say(`  ${note}`));
  await closing(console.say, async (begun) => {
    const folder = runFolder(begun);
    const modelStore = join(folder, 'models');
    const running = await phases.run('start', () =>
      start(context, options, begun, { kafka, folder, modelStore }),
    );
    const inside: Context = { ...context, signal: running.signal };
    const api = new RollcastApi(running.url, running.signal);
    console.say(`the page: ${running.url}`);
    const definition = await define(api, csv, console.say);
    const { replay, view } = await publishAndTrain({
      context: inside,
      running,
      api,
      csv,
      definition,
      begun,
      phases,
    });
    const deadLetters = await deadLettersByReason(running.access.client, running.signal);
    sayDeadLetters(deadLetters, console.say);
    const report = await reportOn({
      context: inside,
      running,
      api,
      definition,
      modelStore,
      view,
      phases,
    });
    show(report, phases, context);
    if (options.json !== undefined) {
      const { served, ...rest } = report;
      const result = {
        stream: definition.stream,
        readings: replay.total,
        asServed: served,
        ...rest,
        verdict: view.verdict,
        deadLetters,
        phases: phases.ended,
      };
      writeFileSync(options.json, `${JSON.stringify(result, null, 2)}\n`);
      console.say(`written: ${options.json}`);
    }
    if (report.problem !== null) throw new CommandFailed(report.problem);
    if (options.exit === true) return;
    console.say(`the page stays at ${running.url}; Ctrl-C ends it all`);
    await untilInterrupted(running.signal);
  });
}

/** Asked before minutes of work whose result would go nowhere. */
function mustTakeFiles(folder: string): void {
  try {
    accessSync(folder, constants.W_OK);
  } catch {
    throw new CommandFailed(`--json: there is no folder ${folder}, or you may not write there`);
  }
}

/** A folder for models and logs that goes with the run, however it ends. */
function runFolder(begun: Closing): string {
  const folder = mkdtempSync(join(tmpdir(), 'rollcast-demo-'));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  process.on('exit', remove);
  begun.add('the folder of the run', () => {
    remove();
    process.off('exit', remove);
  });
  return folder;
}

async function start(
  context: Context,
  { partitions, port = 0 }: DemoOptions,
  begun: Closing,
  { kafka, folder, modelStore }: { kafka: KafkaSettings; folder: string; modelStore: string },
): Promise<BaseUrl> {
  const prefix = `demo-${randomBytes(4).toString('hex')}.`;
  const { servers, signal } = await startWatchedServers(context, begun);
  if (servers.redis.source === 'configured')
    begun.add('the keys in Redis', () => forgetKeys(servers.redis.url, prefix));
  return startBehindBaseUrl(
    {
      kafka: { ...kafka, brokers: servers.kafka.brokers },
      redisUrl: servers.redis.url,
      prefix,
      partitions,
      modelStore,
      logFolder: join(folder, 'logs'),
      ports: { proxy: port, ingest: 0, trainer: 0, predictor: 0 },
    },
    begun,
    { ...context, signal },
    (_, { client, admin }) => {
      if (servers.kafka.source !== 'configured') return;
      begun.add('the topics', async () => deleteTopics(client, admin, await admin.topicNames()));
    },
  );
}

interface Run {
  readonly context: Context;
  readonly running: BaseUrl;
  readonly api: RollcastApi;
  readonly definition: StreamDefinition;
  readonly phases: Phases;
}

/** The year: four fifths, the training meanwhile, the rest. */
async function publishAndTrain(
  run: Run & { readonly csv: CsvReplay; readonly begun: Closing },
): Promise<{ replay: Replay; view: TrainingJobView }> {
  const { context, running, api, csv, definition, begun, phases } = run;
  const { signal } = running;
  const readings = withTicks(csv.readings, definition);
  const [first, last] = [csv.readings[0], csv.readings.at(-1)];
  if (first === undefined || last === undefined) throw new CommandFailed('the file holds no readings');
  const producer = new RecordProducer(running.access.client);
  begun.add('the producer', () => producer.close());
  const replay = new Replay(readings, producer);
  const untilForecast = async (label: string) => {
    const progress = new Progress(context.console, label);
    const onProgress = (share: number, oldest: string) => progress.update(share, `up to ${minute(oldest)}`);
    await caughtUp(api, definition, replay.sentReadings(), { signal, onProgress }).finally(() =>
      progress.clear(),
    );
  };
  const publish = async (label: string, until?: number) => {
    const progress = new Progress(context.console, label);
    const onProgress = () => progress.update(replay.sent / replay.total, replayNote(replay));
    await replay
      .run({ speed: 'max', signal, onProgress, ...(until !== undefined && { until }) })
      .catch((error: unknown) => {
        progress.clear();
        throw error;
      });
    progress.end(replayNote(replay));
  };

  const trainAt = first.time + TRAIN_AT * (last.time - first.time);
  await phases.run('first 80 %: published', () => publish('first 80 %', trainAt));
  await phases.run('first 80 %: forecast', () => untilForecast('forecasts'));
  const view = await phases.run('training', () =>
    trainMeanwhile({
      context,
      api,
      client: running.access.client,
      replay,
      definition,
      series: csv.series,
      end: last.time,
    }),
  );
  await phases.run('the rest: published', () => publish('the rest'));
  await phases.run('the rest: forecast', () => untilForecast('forecasts'));
  return { replay, view };
}

async function reportOn(
  run: Run & { readonly modelStore: string; readonly view: TrainingJobView },
): Promise<Report> {
  const { context, running, api, definition, modelStore, view, phases } = run;
  const progress = new Progress(context.console, 'report');
  const models = await api.models(definition.stream);
  return phases
    .run('report', () =>
      makeReport({
        client: running.access.client,
        definition,
        modelStore,
        job: view,
        models,
        onProgress: (share, note) => progress.update(share, note),
        signal: running.signal,
      }),
    )
    .finally(() => progress.clear());
}

function sayDeadLetters(counts: Readonly<Record<string, number>>, say: (line: string) => void): void {
  const reasons = Object.entries(counts).map(([reason, number]) => `${count(number)} ${reason}`);
  say(`dead letters: ${reasons.length === 0 ? 'none' : reasons.join(', ')}`);
}

function show({ rows, served, notes }: Report, phases: Phases, { console }: Context): void {
  scoreTable([...rows, served], console.columns).forEach(console.print);
  notes.forEach(console.print);
  const times = phases.ended.map((phase) => `${phase.name} ${seconds(phase.seconds)}`);
  console.say(`${times.join('; ')}; ${seconds(phases.totalSeconds)} in all`);
}
