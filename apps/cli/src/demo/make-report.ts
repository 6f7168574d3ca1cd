/** @file The demo's report: frames, forecasts, evaluations and switches read back from Kafka, judged by the engine.
 *
 *  Law: everything is taken from the topics and the model store, nothing from the run that filled them; a report made
 *  a week later would say the same. */
import { setImmediate } from 'node:timers/promises';
import {
  durationMs,
  eventTimeMs,
  Frame,
  parseSeriesKey,
  type StreamDefinition,
  type SwitchRecord,
  type VersionRecord,
} from '#contracts';
import { compiledExecutor } from '#compute';
import { agree, HistoryBuilder, servedReport, type ServedReport } from '#engine';
import { type InputRecord, readModelRecord, TopicReader } from '#kafka';
import { FileSystemModelStore } from '#model-store';
import { CommandFailed } from '../failures.js';
import { count, error, percent } from '../terminal/figures.js';
import type { Report, ReportRequest } from './report.js';

/** A frame and where it lies. */
interface ReadFrame {
  readonly frame: Frame;
  readonly partition: number;
  readonly offset: bigint;
}

/** Reads back what was served and judges every model by the loop that serves. */
export async function makeReport(request: ReportRequest): Promise<Report> {
  const { client, definition, modelStore, job, models, onProgress, signal } = request;
  const ofJob = models.versions.filter((version) => version.job === job.job);
  const network = ofJob.find(({ kind }) => kind === 'cmamba');
  if (network === undefined)
    throw new CommandFailed(`training ${job.job} left no cmamba in the topic models`);
  const champion = models.versions.find(({ version }) => version === models.champion?.version) ?? null;
  const reader = new TopicReader(client, ['frames', 'forecasts', 'evaluations', 'models']);
  try {
    onProgress(null, 'reading frames back');
    const frames = await readFrames(reader, definition, signal);
    const switches = champion === null ? [] : await readSwitches(reader, champion, signal);
    const store = new FileSystemModelStore(modelStore);
    const stored = async ({ artifact, version }: VersionRecord) => ({
      stored: await store.read(artifact),
      version,
    });
    const report = await servedReport({
      history: historyOf(definition, frames),
      trainedOn: historyOf(
        definition,
        frames.filter((one) => wasTrainedOn(network, one)),
      ),
      network: await stored(network),
      champion: champion === null ? null : await stored(champion),
      servedFrom: servedFrom(definition, frames, switches, network),
      published: valuesOf(reader, 'forecasts', definition, signal),
      evaluations: valuesOf(reader, 'evaluations', definition, signal),
      seed: network.seed,
      executor: compiledExecutor(),
      onProgress: async (share, part) => {
        onProgress(share, part);
        // Ctrl-C is heard between two turns of the event loop only.
        await setImmediate();
      },
      signal,
    });
    const { rows, asServed, differences, judged, champion: version } = report;
    const notes = [
      `errors on the standardised scale over the ${definition.horizon} steps ahead; the origins are those from the first frame that ${version} served`,
      ...servedNotes(report),
      `the gate: ${job.verdict?.reason ?? 'no verdict'}`,
    ];
    return { rows, served: asServed, differences, judged, notes, problem: problemOf(report) };
  } finally {
    await reader.close();
  }
}

/** What was served, beside the row of its version and beside `evaluations`. */
function servedNotes({ asServed, champion, differences, judged }: ServedReport): string[] {
  const { altered, missing, doubled } = differences;
  const equal = asServed.origins - altered - doubled;
  const { mae, coverage, truths } = judged.byEvaluations;
  const same = agree(judged.byEvaluations, judged.byForecasts) ? 'as' : 'unlike';
  return [
    `as served: ${count(equal)} of ${count(asServed.origins)} published forecasts are, to the byte, those of the row of ${champion}${missing === 0 ? '' : `; ${count(missing)} are missing`}`,
    ...(mae === null
      ? []
      : [
          `evaluations: MAE ${error(mae)} and ${percent(coverage)} inside over ${count(truths)} truths at the judged leads, ${same} forecasts and frames say`,
        ]),
  ];
}

/** @returns null where all that was served is what the loop makes */
export function problemOf({
  champion,
  differences,
  judged,
}: Omit<ServedReport, 'rows' | 'asServed'>): string | null {
  const { altered, missing, doubled, first } = differences;
  if (first !== null)
    return `what was served is not the row of ${champion}: ${count(altered)} forecasts differ, ${count(missing)} are missing, ${count(doubled)} came twice; the first: ${first}`;
  const { byEvaluations, byForecasts } = judged;
  if (agree(byEvaluations, byForecasts)) return null;
  return `evaluations are not what forecasts and frames say: ${JSON.stringify(byEvaluations)}, not ${JSON.stringify(byForecasts)}`;
}

async function readFrames(
  reader: TopicReader,
  { stream }: StreamDefinition,
  signal: AbortSignal,
): Promise<ReadFrame[]> {
  const frames: ReadFrame[] = [];
  for await (const { value, partition, offset } of ofStream(reader, 'frames', stream, signal)) {
    frames.push({ frame: Frame.parse(JSON.parse(value)), partition, offset });
  }
  return frames;
}

async function* valuesOf(
  reader: TopicReader,
  topic: string,
  { stream }: StreamDefinition,
  signal: AbortSignal,
): AsyncGenerator<string> {
  for await (const { value } of ofStream(reader, topic, stream, signal)) yield value;
}

async function* ofStream(
  reader: TopicReader,
  topic: string,
  stream: string,
  signal: AbortSignal,
): AsyncGenerator<{ readonly value: string } & Pick<InputRecord, 'partition' | 'offset'>> {
  for await (const records of reader.all(topic, signal)) {
    for (const { key, value, partition, offset } of records) {
      if (value === null || parseSeriesKey(key?.toString() ?? '')?.stream !== stream) continue;
      yield { value: value.toString(), partition, offset };
    }
  }
}

/** The switches to the champion, one a partition. */
async function readSwitches(
  reader: TopicReader,
  { stream, version }: VersionRecord,
  signal: AbortSignal,
): Promise<SwitchRecord[]> {
  const switches: SwitchRecord[] = [];
  for await (const records of reader.all('models', signal)) {
    for (const { key, value } of records) {
      const record = value === null ? null : readModelRecord(String(key), value);
      if (typeof record === 'string') continue;
      if (record?.type === 'switch' && record.stream === stream && record.version === version)
        switches.push(record);
    }
  }
  return switches;
}

function historyOf(definition: StreamDefinition, frames: readonly ReadFrame[]) {
  const builder = new HistoryBuilder(definition);
  for (const { frame } of frames) builder.add(frame);
  return builder.build();
}

function wasTrainedOn({ trainedOn }: VersionRecord, { partition, offset }: ReadFrame): boolean {
  return trainedOn.some(
    (range) => range.partition === partition && offset >= BigInt(range.from) && offset < BigInt(range.to),
  );
}

/** Event time from which the champion served a series: its first frame at or behind the switch of its partition; without
 *  a switch (the cold start stayed) the first one behind the training. */
function servedFrom(
  definition: StreamDefinition,
  frames: readonly ReadFrame[],
  switches: readonly SwitchRecord[],
  { framesUntil }: VersionRecord,
): (series: string) => number {
  const behindTraining = eventTimeMs(framesUntil) + durationMs(definition.frequency);
  const first = new Map<string, number>();
  for (const { frame, partition, offset } of frames) {
    const at = switches.find((one) => one.partition === partition);
    const time = eventTimeMs(frame.time);
    const served = at === undefined ? time >= behindTraining : offset >= BigInt(at.frameOffset);
    if (served && !first.has(frame.series)) first.set(frame.series, time);
  }
  return (series) => first.get(series) ?? Number.MAX_SAFE_INTEGER;
}
