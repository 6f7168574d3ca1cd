/** @file The command line as a process: arguments in, exit code out. */
import { interruption } from './interruption.js';
import { runProgram } from './run-program.js';
import { processConsole } from './terminal/console.js';

const console = processConsole();
const { signal, release } = interruption(process, () => {
  console.status(null);
  console.say('ending (once more: at once) ...');
});
process.exitCode = await runProgram(process.argv.slice(2), { console, env: process.env, signal });
release();
// Everything was closed; should a library still hold on to something, it does not hold the person too.
setTimeout(() => process.exit(), 1_000).unref();
