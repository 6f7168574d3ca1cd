/** @file Files that come with the project, found from the sources and from the built copy. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CommandFailed } from './failures.js';

/** @param path from the root of the project
 *  @throws CommandFailed when it is not there */
export function ofThisProject(path: string): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  for (; folder !== dirname(folder); folder = dirname(folder)) {
    const file = join(folder, path);
    if (existsSync(file)) return file;
  }
  throw new CommandFailed(`${path} is missing: is this clone complete?`);
}
