/** @file A backtest: a file aligned as ingest aligns it, then one training and its judgement, as the trainer does it. */
import { compiledExecutor } from '#compute';
import { refit } from '#engine';
import type { CsvHints } from './csv/index.js';
import type { Context } from './context.js';
import { scoreTable } from './terminal/score-table.js';
import { alignedHistory } from './replay/aligned-history.js';
import { readCsv } from './replay/csv-replay.js';
import { nameOf } from './replay/stream-of-file.js';
import { count, seconds } from './terminal/figures.js';
import { Progress } from './terminal/progress.js';
import { trainingNote, shareOf } from './training/watch-training.js';

export interface BacktestOptions {
  readonly horizon?: number;
  readonly lookback?: number;
  readonly json?: true;
  readonly time?: string;
  readonly series?: string[];
  readonly interval?: string;
  readonly tz?: string;
  readonly seed: number;
}

export async function backtest(context: Context, file: string, options: BacktestOptions): Promise<void> {
  const { console, signal } = context;
  const csv = await readCsv(file, hintsOf(file, options));
  csv.notes.forEach((note) => console.say(`  ${note}`));
  const history = alignedHistory(csv);
  console.say(`${file}: ${count(history.frames)} frames of ${count(history.series.length)} series`);
  const progress = new Progress(console, 'backtest');
  const result = await refit({
    history,
    ranges: [],
    seed: options.seed,
    executor: compiledExecutor(),
    champion: null,
    checkpoints: { read: () => Promise.resolve(null), write: () => Promise.resolve() },
    onProgress: (now) => progress.update(shareOf(now), trainingNote(now)),
    signal,
  }).finally(() => progress.clear());
  const rows = result.fitted.map(({ artifact }, index) => ({
    name: artifact.kind,
    ...artifact.score,
    origins: result.origins[index] ?? 0,
  }));
  if (options.json === true) console.print(JSON.stringify({ rows, seconds: result.seconds }, null, 2));
  else scoreTable(rows, console.columns).forEach(console.print);
  const { baselines, training, judging } = result.seconds;
  console.say(
    `the newest ${percent(csv.definition.retraining.heldBack)} of the frames were held back; baselines ${seconds(baselines)}, training ${seconds(training)}, judging ${seconds(judging)}`,
  );
}

function hintsOf(file: string, { horizon, lookback, time, series, interval, tz }: BacktestOptions): CsvHints {
  const definition = {
    ...(horizon !== undefined && { horizon }),
    ...(lookback !== undefined && { lookback }),
  };
  return {
    stream: nameOf(file),
    definition,
    ...(time !== undefined && { time }),
    ...(series !== undefined && { series }),
    ...(interval !== undefined && { interval }),
    ...(tz !== undefined && { tz }),
  };
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
