/** @file One `rollcast up` at a time in a data folder.
 *
 *  Law: the folder's `up.json` names the process that runs there. A file whose process is gone, or that nobody can
 *  read, was left by a crash and is taken over. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { identityOf, isRunning, type ProcessIdentity } from '#local';
import type { Closing } from '../closing.js';
import { CommandFailed } from '../failures.js';

const Owner = z.object({ pid: z.number(), began: z.string() });

/** Takes the folder for this process until `closing`.
 *  @throws CommandFailed with the process that has it */
export function takeFolder(folder: string, closing: Closing): void {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, 'up.json');
  const other = readOwner(file);
  if (other !== null && isRunning(other))
    throw new CommandFailed(`rollcast up already runs in ${folder} (pid ${other.pid})`);
  writeFileSync(file, JSON.stringify(identityOf(process.pid)));
  closing.add(`the mark in ${folder}`, () => rmSync(file, { force: true }));
}

function readOwner(file: string): ProcessIdentity | null {
  try {
    return Owner.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return null;
  }
}
