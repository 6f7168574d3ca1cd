/** @file The command line as it was built, as a process with a temporary folder of its own.
 *
 *  Law: what a spec leaves running is killed, and the folder goes with the file. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll } from 'vitest';

const main = fileURLToPath(new URL('../../../../dist/apps/cli/src/main.js', import.meta.url));

export interface Started {
  readonly child: ChildProcess;
  /** Its exit code. */
  readonly ended: Promise<number | null>;
  /** stderr and stdout so far. */
  readonly said: () => string;
  readonly printed: () => string;
}

/** Call it at the top of a spec file. */
export function builtProgram() {
  let temporary = '';
  const running: ChildProcess[] = [];
  beforeAll(() => {
    if (!existsSync(main)) throw new Error(`${main} is not built: npm run build`);
    temporary = mkdtempSync(join(tmpdir(), 'rollcast-main-'));
  });
  afterEach(() => running.splice(0).forEach((child) => child.kill('SIGKILL')));
  afterAll(() => rmSync(temporary, { recursive: true, force: true }));

  /** @param env beside the environment of the spec; undefined: without that variable */
  const rollcast = (args: readonly string[], env: Record<string, string | undefined> = {}): Started => {
    const child = spawn(process.execPath, [main, ...args], {
      env: { ...process.env, ...env, TMPDIR: temporary },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    running.push(child);
    const said: string[] = [];
    const printed: string[] = [];
    child.stderr.on('data', (chunk: Buffer) => said.push(chunk.toString()));
    child.stdout.on('data', (chunk: Buffer) => printed.push(chunk.toString()));
    const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
    return { child, ended, said: () => said.join(''), printed: () => printed.join('') };
  };
  return { rollcast, temporary: () => temporary };
}
