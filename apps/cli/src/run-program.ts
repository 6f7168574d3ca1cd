/** @file Runs one command line and says how it ended, as an exit code. */
import { CommanderError } from 'commander';
import { RollcastError } from '#contracts';
import type { Context } from './context.js';
import { CommandFailed, Interrupted } from './failures.js';
import { buildProgram } from './program.js';

/** @param args without node and the script
 *  @returns 0 done, 1 failed, 2 not understood, 128 + signal interrupted */
export async function runProgram(args: readonly string[], context: Context): Promise<number> {
  try {
    await buildProgram(context).parseAsync([...args], { from: 'user' });
    return 0;
  } catch (error) {
    context.console.status(null);
    return exitCodeOf(error, context.console.say);
  }
}

/** Says what went wrong, unless it was said already. */
export function exitCodeOf(error: unknown, say: (line: string) => void): number {
  // Commander has written its own message; asked for help or the version it also "throws", with 0.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof Interrupted) return error.exitCode;
  if (error instanceof CommandFailed) say(`rollcast: ${error.message}`);
  else if (error instanceof RollcastError && error.fate !== 'crash') say(`rollcast: ${error.message}`);
  else say(`rollcast: our bug, please report it: ${error instanceof Error ? error.stack : String(error)}`);
  return 1;
}
