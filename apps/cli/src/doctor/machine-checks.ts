/** @file What this machine has: Node, a container runtime, the programs that local servers need, room, free ports. */
import { existsSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { cacheFolder, type Survey, listens } from '#local';
import { bytes } from '../terminal/figures.js';
import { type Check, fail, ok, warn } from './check.js';

/** `bin/prepare.mjs` has refused any other than package.json asks for. */
export const nodeCheck: Check = { name: 'Node', ask: async () => ok(process.versions.node) };

/** Where servers would come from that nobody configured.
 *  @param found one answer for all checks */
export function containerCheck(found: Promise<Survey>): Check {
  return {
    name: 'containers',
    ask: async () =>
      ok(
        (await found).containers
          ? 'a runtime answers: demo takes what is not configured from there, up does not'
          : 'no runtime answers: what is not configured is started as servers of this machine',
      ),
  };
}

/** Programs of local servers: missing ones matter where such a server would be started. */
export function programsCheck(
  found: Promise<Survey>,
  configured: { readonly kafka: boolean; readonly redis: boolean },
): Check {
  return {
    name: 'programs',
    ask: async () => {
      const { containers, programs } = await found;
      const said = programs.map(({ what, version }) => `${what}: ${version ?? 'not found'}`).join('; ');
      const missed = programs.filter(({ version, server }) => version === null && !configured[server]);
      const problems = missed.flatMap(({ plan }) => (plan.kind === 'tell' ? [plan.problem] : []));
      if (missed.length === 0) return ok(said);
      if (problems.length === 0) return warn(said, 'up and demo install it with apt');
      return containers
        ? warn(said, `demo does without, up does not: ${problems.join('; ')}`)
        : fail(said, problems.join('; '));
    },
  };
}

/** Jars, a broker's log and Redis' file want so much. */
const ROOM = 2 * 1024 ** 3;

export function diskCheck(env: Readonly<Record<string, string | undefined>>): Check {
  return {
    name: 'disk',
    ask: async () => {
      const folder = cacheFolder(env);
      let there = folder;
      while (!existsSync(there)) there = dirname(there);
      const { bavail, bsize } = await statfs(there);
      const free = bavail * bsize;
      const detail = `${bytes(free)} free in ${folder}`;
      return free >= ROOM
        ? ok(detail)
        : warn(detail, 'local servers want 2 GiB; XDG_CACHE_HOME names another folder');
    },
  };
}

/** Ports that `up` would bind.
 *  @param wanted without those of servers that are configured */
export function portsCheck(wanted: readonly number[]): Check {
  return {
    name: 'ports',
    ask: async () => {
      const taken: number[] = [];
      for (const port of wanted) if (await listens('127.0.0.1', port, 1_000)) taken.push(port);
      return taken.length === 0
        ? ok(`${wanted.join(', ')} are free for rollcast up`)
        : warn(
            `${taken.join(', ')} are in use`,
            'by a rollcast up that runs? Otherwise end what listens there (lsof -i)',
          );
    },
  };
}
