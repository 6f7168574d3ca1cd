/** @file CSV files for the specs, in a folder that goes with the run. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** @param atEnd called once with what removes the folder: vitest's `afterAll`
 *  @returns what writes a file and gives its path. */
export function csvFolder(atEnd: (clean: () => void) => void): (text: string | Uint8Array) => string {
  const folder = mkdtempSync(join(tmpdir(), 'rollcast-csv-'));
  atEnd(() => rmSync(folder, { recursive: true }));
  let files = 0;
  return (text) => {
    const path = join(folder, `${files++}.csv`);
    writeFileSync(path, text);
    return path;
  };
}

export async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

/** An hourly channel `celsius` from 2026 on: the wave of a day, and no two days quite alike. */
export function waveCsv(hours: number): string {
  const rows = Array.from({ length: hours }, (_, hour) => {
    const time = new Date(Date.UTC(2026, 0, 1, hour)).toISOString();
    const wave = 8 * Math.sin((2 * Math.PI * hour) / 24) + ((hour * 7_919) % 101) / 50;
    return `${time},${(20 + wave).toFixed(2)}`;
  });
  return `time,celsius\n${rows.join('\n')}\n`;
}
