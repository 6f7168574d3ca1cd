/** @file Which file the demo replays, and what is said about it in advance. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { StreamDefinitionInput } from '#contracts';
import { type CsvHints, MOTES_HINTS } from '../csv/index.js';
import type { Context } from '../context.js';
import { CommandFailed } from '../failures.js';
import { nameOf } from '../replay/stream-of-file.js';
import { bringMotes } from './motes-package.js';

export const DATA_SETS = ['weather', 'motes'] as const;
export type DataSet = (typeof DATA_SETS)[number];

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

/** A year of three weather stations, hourly: comes with the project, found from the sources and from the built copy. */
function weatherFile(): string {
  for (
    let folder = dirname(fileURLToPath(import.meta.url));
    folder !== dirname(folder);
    folder = dirname(folder)
  ) {
    const file = join(folder, 'data', 'nyc-weather-2013.csv.gz');
    if (existsSync(file)) return file;
  }
  throw new CommandFailed('data/nyc-weather-2013.csv.gz is missing: is this clone complete?');
}

/** @param csv somebody's own file; then the data set does not matter */
export async function demoData(context: Context, csv: string | undefined, data: DataSet): Promise<DemoData> {
  if (csv !== undefined) return { path: csv, hints: { stream: nameOf(csv), definition: POLICIES } };
  switch (data) {
    case 'weather':
      return { path: weatherFile(), hints: { stream: 'weather', definition: POLICIES } };
    case 'motes':
      return { path: await bringMotes(context), hints: { ...MOTES_HINTS, definition: POLICIES } };
  }
}
