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
