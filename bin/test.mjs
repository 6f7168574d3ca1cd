#!/usr/bin/env node
/** @file `npm test`: makes the clone ready, checks types, format and lint, runs every test.
 *
 *  With file names only those are run and the checks are left out, unless CI=true.
 *
 *  Law: the last line on stdout is `N passed, N failed`, whatever goes wrong before. */
import { spawn } from 'node:child_process';
import { ROOT, npm, prepare, say } from './prepare.mjs';

const NOTHING_RAN = '0 passed, 1 failed';
const args = process.argv.slice(2);

/** Names of files: no options, nor the values that follow an option. */
const filters = args.filter((arg, i) => !arg.startsWith('-') && !/^-[^=]*$/.test(args[i - 1] ?? ''));

// The test reporter says it itself and tells us so; until then it is ours to say.
let said = false;
process.on('exit', () => {
  if (!said) console.log(NOTHING_RAN);
});

prepare();
if (filters.length === 0 || process.env.CI === 'true') {
  const status = npm(['run', '--silent', 'check']);
  if (status !== 0) {
    say('npm run check failed, so no test was run');
    process.exit(status);
  }
  say('types, format and lint: no complaint');
}

const vitest = spawn(process.execPath, ['node_modules/vitest/vitest.mjs', 'run', ...args], {
  cwd: ROOT,
  stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
});
vitest.on('message', (message) => {
  if (message?.rollcast === 'counted') said = true;
});
// Ctrl-C reaches the tests by the terminal already; they end their servers, then we end.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => vitest.kill('SIGTERM'));
vitest.on('exit', (code) => process.exit(code ?? 1));
