/** @file Where this project keeps what is too big to fetch twice and what must be found again after a crash.
 *
 *  Law: everything lives under one folder, `$XDG_CACHE_HOME/rollcast` or `~/.cache/rollcast`; deleting it is always
 *  safe while nothing runs. What is prepared there appears whole or not at all. */
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';

/** The cache folder of this user; the XDG rule says that a relative path counts as unset. */
export function cacheFolder(env: Readonly<Record<string, string | undefined>> = process.env): string {
  const xdg = env['XDG_CACHE_HOME'];
  return join(xdg !== undefined && isAbsolute(xdg) ? xdg : join(homedir(), '.cache'), 'rollcast');
}

/** Prepares `target` in a folder beside it and renames it into place, so that two runs at once do not tear it.
 *  Nothing is done when it is there. Whoever comes second throws its own copy away. */
export async function prepareOnce(
  target: string,
  prepare: (folder: string) => Promise<void>,
): Promise<'prepared' | 'present'> {
  if (existsSync(target)) return 'present';
  mkdirSync(dirname(target), { recursive: true });
  const folder = mkdtempSync(`${target}.preparing-`);
  try {
    await prepare(folder);
    try {
      renameSync(folder, target);
    } catch (error) {
      if (!existsSync(target)) throw error;
    }
    return 'prepared';
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
