/** @file Which file the demo replays, and what is said about it in advance. */
import type { StreamDefinitionInput } from '#contracts';
import { projectFile } from '#local';
import { type CsvHints, MOTES_HINTS } from '../csv/index.js';
import type { Context } from '../context.js';
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

/** @param csv somebody's own file; then the data set does not matter */
export async function demoData(context: Context, csv: string | undefined, data: DataSet): Promise<DemoData> {
  if (csv !== undefined) return { path: csv, hints: { stream: nameOf(csv), definition: POLICIES } };
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
