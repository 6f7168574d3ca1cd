/** @file A run whose only server sleeps: what the tests start in a process of its own, to kill it in every way.
 *
 *  Law: it says `ready FOLDER PID` once the server is recorded, and ends only when it is told to by its first
 *  argument's way: `signal` waits for one, `exit` leaves at once, `throw` dies of an error nobody catches. */
import { onProcessEnd } from '../exit-hooks.js';
import { RunRecord } from '../run-record.js';
import { ServerProcess } from '../server-process.js';
import { join } from 'node:path';

/** Runs until it is ended. */
export async function idleRun(cache: string, way: string): Promise<void> {
  const record = RunRecord.begin(cache);
  onProcessEnd(() => record.end(), 'exit');
  const server = new ServerProcess(
    {
      name: 'Sleep',
      command: 'sleep',
      args: ['600'],
      logFile: join(record.folder, 'sleep.log'),
      answers: () => Promise.resolve(true),
      readyWithinMs: 10_000,
    },
    record,
    () => undefined,
  );
  await server.start();
  process.stdout.write(`ready ${record.folder} ${server.pid ?? 0}\n`);
  if (way === 'exit') process.exit(3);
  if (way === 'throw') {
    setImmediate(() => {
      throw new Error('an error that nobody catches');
    });
  }
  setInterval(() => undefined, 60_000);
}
