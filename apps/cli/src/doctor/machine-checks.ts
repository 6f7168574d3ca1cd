/** @file What this machine has: Node, the programs that local servers need, room, free ports. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { connect } from 'node:net';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { cacheFolder } from '#local';
import { UP_PORTS } from '../ports.js';
import { bytes } from '../terminal/figures.js';
import { type Check, fail, ok, warn } from './check.js';

/** What package.json says of Node. */
export function nodeCheck(version = process.versions.node): Check {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const fits = (major === 20 && minor >= 19) || (major === 22 && minor >= 12) || major > 22;
  return {
    name: 'Node',
    ask: async () => (fits ? ok(version) : fail(version, 'install Node 20.19 or newer, or 22.12 or newer')),
  };
}

interface Program {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly version: RegExp;
  readonly atLeast: number;
  /** What Debian calls it. */
  readonly package: string;
}

export const PROGRAMS: readonly Program[] = [
  {
    name: 'Java',
    command: 'java',
    args: ['-version'],
    version: /version "([^"]+)"/,
    atLeast: 17,
    package: 'openjdk-17-jre-headless',
  },
  {
    name: 'Maven',
    command: 'mvn',
    args: ['-v'],
    version: /Apache Maven ([\d.]+)/,
    atLeast: 3,
    package: 'maven',
  },
  {
    name: 'redis-server',
    command: 'redis-server',
    args: ['--version'],
    version: /v=(\S+)/,
    atLeast: 7,
    package: 'redis-server',
  },
];

/** @param needed does anything here start local servers? Without it, nothing is missed. */
export function programCheck(program: Program, needed: boolean): Check {
  const { name, command, args, version, atLeast } = program;
  const byItself = process.getuid?.() === 0 && existsSync('/etc/debian_version');
  const missing = (what: string) => {
    const advice = `apt-get install ${program.package}, or whatever this system calls it`;
    if (!needed) return ok(`${what}; not needed, Kafka and Redis are configured`);
    return byItself
      ? warn(what, 'up and demo install it with apt')
      : fail(what, `${advice}; a container runtime will do, too`);
  };
  return {
    name,
    ask: async () => {
      try {
        // Some print their version to stderr.
        const { stdout, stderr } = await promisify(execFile)(command, [...args], { timeout: 20_000 });
        const found = version.exec(stdout + stderr)?.[1] ?? '';
        const major = Number.parseInt(found.replace(/^1\./, ''), 10);
        return major >= atLeast ? ok(found) : missing(`version ${found}, and ${atLeast} is needed`);
      } catch {
        return missing('not found');
      }
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
      for (const port of wanted) if (await listens(port)) taken.push(port);
      return taken.length === 0
        ? ok(`${wanted.join(', ')} are free for rollcast up`)
        : warn(
            `${taken.join(', ')} are in use`,
            'by a rollcast up that runs? Otherwise end what listens there (lsof -i)',
          );
    },
  };
}

/** @param configured servers that `up` would not start */
export function portsOfUp(configured: { readonly kafka: boolean; readonly redis: boolean }): number[] {
  const { kafka, controller, redis, ...services } = UP_PORTS;
  return [
    ...Object.values(services),
    ...(configured.kafka ? [] : [kafka, controller]),
    ...(configured.redis ? [] : [redis]),
  ];
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port, timeout: 1_000 });
    const finish = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', () => finish(true));
    socket.once('timeout', () => finish(false));
    socket.once('error', () => finish(false));
  });
}
