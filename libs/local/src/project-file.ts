/** @file Files that come with this checkout. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { RollcastError } from '#contracts';

/** A file of this checkout, found from the sources and from the built copy alike.
 *  @param path relative to the folder that holds package.json */
export function projectFile(path: string): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json'))) {
    const parent = dirname(folder);
    if (parent === folder) throw new RollcastError('INTERNAL', { problem: `no package.json above ${path}` });
    folder = parent;
  }
  return join(folder, path);
}
