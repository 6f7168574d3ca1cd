/** @file Are the ports free that `up` will bind? Asked before anything is started.
 *
 *  Law: every taken port is refused at once, each with its way out. After a crash what it left behind may need
 *  seconds to go; only then is there patience. */
import { listens } from '#local';
import { pause } from '#platform';
import { CommandFailed } from '../failures.js';
import type { PortOfUp } from '../ports.js';

const ASK_EVERY_MS = 200;

/** @param patienceMs how long taken ports may take to become free
 *  @throws CommandFailed with a line for each port that stays taken; the signal's reason */
export async function mustBeFree(
  ports: readonly PortOfUp[],
  patienceMs: number,
  signal: AbortSignal,
): Promise<void> {
  const deadline = performance.now() + patienceMs;
  let taken = await takenOf(ports);
  while (taken.length > 0 && performance.now() < deadline) {
    await pause(ASK_EVERY_MS, signal);
    taken = await takenOf(taken);
  }
  if (taken.length === 0) return;
  const lines = taken.map(({ port, owner, wayOut }) => `  ${port}, of ${owner}: ${wayOut}`);
  throw new CommandFailed(['ports are taken, nothing was started:', ...lines].join('\n'));
}

async function takenOf(ports: readonly PortOfUp[]): Promise<readonly PortOfUp[]> {
  const answers = await Promise.all(ports.map(({ port }) => listens('127.0.0.1', port, 1_000)));
  return ports.filter((_, index) => answers[index]);
}
