/** @file A backtest: a file aligned as ingest aligns it, then one training and its judgement, as the trainer does it. */
import { compiledExecutor } from '#compute';
import { networkOf, trainingNeedsSteps } from '#cmamba';
import { RollcastError, type StreamDefinition } from '#contracts';
import { refit } from '#engine';
import type { CsvHints } from './csv/index.js';
import type { Context } from './context.js';
import { csvHints, type CsvOptions } from './csv-options.js';
import { CommandFailed } from './failures.js';
import { scoreTable } from './terminal/score-table.js';
import { alignedHistory } from './replay/aligned-history.js';
import { readCsv } from './replay/csv-replay.js';
import { nameOf } from './replay/stream-of-file.js';
import { count, seconds } from './terminal/figures.js';
import { Progress } from './terminal/progress.js';
import { trainingNote, shareOf } from './training/watch-training.js';

export interface BacktestOptions extends CsvOptions {
  readonly horizon?: number;
  readonly lookback?: number;
  readonly json?: true;
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
  })
    .catch((error: unknown) => {
      throw withAdvice(error, csv.definition);
    })
    .finally(() => progress.clear());
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

function hintsOf(file: string, options: BacktestOptions): CsvHints {
  const { horizon, lookback } = options;
  const definition = {
    ...(horizon !== undefined && { horizon }),
    ...(lookback !== undefined && { lookback }),
  };
  return { stream: nameOf(file), definition, ...csvHints(options) };
}

/** A file that is too short may do for a shorter forecast. */
function withAdvice(error: unknown, definition: StreamDefinition): unknown {
  if (!(error instanceof RollcastError) || error.code !== 'INSUFFICIENT_HISTORY') return error;
  const shortest = networkOf({ ...definition, lookback: 8, horizon: 1 });
  const least = trainingNeedsSteps(shortest, definition.retraining);
  return new CommandFailed(
    `${error.message}; a shorter --lookback (now ${definition.lookback}) or --horizon (now ${definition.horizon}) needs fewer, ${least} at the least (--lookback 8 --horizon 1)`,
  );
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
