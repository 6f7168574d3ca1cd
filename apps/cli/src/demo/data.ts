/** @file Which file the demo replays, and what is said about it in advance. */
import type { StreamDefinitionInput } from '#contracts';
import { projectFile } from '#local';
import { type CsvHints, MOTES_HINTS } from '../csv/index.js';
import type { Context } from '../context.js';
import { csvHints, type CsvOptions } from '../csv-options.js';
import { CommandFailed } from '../failures.js';
import { nameOf } from '../replay/stream-of-file.js';
import { bringMotes } from './motes-package.js';

export type DataSet = 'weather' | 'motes';

export interface DemoData {
  readonly path: string;
  readonly hints: CsvHints;
}

/** Sizes with which a fit takes about a minute on two cores. Rows are replayed in time order: nothing is late. */
const POLICIES = {
  lateness: '0s',
  lookback: 96,
  horizon: 24,
  model: { size: 'small' },
  retraining: { segmentsPerStep: 8, timeBudget: '60s' },
} as const satisfies Omit<Partial<StreamDefinitionInput>, 'channels'>;

/** @param csv somebody's own file; then the data set does not matter
 *  @param said of that file
 *  @throws CommandFailed when something is said of a data set, whose columns are known */
export async function demoData(
  context: Context,
  csv: string | undefined,
  data: DataSet,
  said: CsvOptions,
): Promise<DemoData> {
  const hints = csvHints(said);
  if (csv !== undefined) return { path: csv, hints: { stream: nameOf(csv), definition: POLICIES, ...hints } };
  const [option] = Object.keys(hints);
  if (option !== undefined)
    throw new CommandFailed(`--${option} is for a file of your own: name it with --csv`);
  switch (data) {
    case 'weather':
      return {
        path: projectFile('data/nyc-weather-2013.csv.gz'),
        hints: { stream: 'weather', definition: POLICIES },
      };
    case 'motes':
      return { path: await bringMotes(context), hints: { ...MOTES_HINTS, definition: POLICIES } };
  }
}
