/** @file What a machine must have, how to see whether it has it, and how to bring what is missing.
 *
 *  Law: nothing is installed that was not said first; installing happens only as root on a Debian-like system, with
 *  apt-get. Anywhere else one message names everything that is missing, all at once. */
import { execFile, spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, readdirSync, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { RollcastError } from '#contracts';

export type Need = 'java' | 'maven' | 'redis' | 'chromium';

interface NeedEntry {
  /** As the message says it. */
  readonly what: string;
  readonly commands: readonly string[];
  /** Debian packages, the first that this release knows is taken. */
  readonly packages: readonly string[];
}

export const NEEDS = {
  java: {
    what: 'a Java runtime, 17 or newer',
    commands: ['java'],
    // Never default-jre first: on some releases it is Java 11.
    packages: ['openjdk-21-jre-headless', 'openjdk-17-jre-headless', 'openjdk-25-jre-headless'],
  },
  maven: { what: 'Apache Maven', commands: ['mvn'], packages: ['maven'] },
  redis: { what: 'redis-server, 7.0 or newer', commands: ['redis-server'], packages: ['redis-server'] },
  chromium: {
    what: 'Chromium',
    commands: ['chromium', 'chromium-browser', 'google-chrome'],
    packages: ['chromium'],
  },
} as const satisfies Record<Need, NeedEntry>;

/** What decides whether, and which, packages can be installed. */
export interface Machine {
  readonly root: boolean;
  readonly debian: boolean;
  /** Whether a package of that name can be installed here. */
  readonly knows: (name: string) => boolean;
}

export type InstallPlan =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'install'; readonly packages: readonly string[] }
  | { readonly kind: 'tell'; readonly problem: string };

/** Decides what to do about what is missing; does nothing. */
export function planFor(missing: readonly Need[], machine: Machine): InstallPlan {
  if (missing.length === 0) return { kind: 'nothing' };
  const wanted = `missing: ${missing.map((need) => NEEDS[need].what).join('; ')}`;
  const names = missing.map((need): NeedEntry => NEEDS[need]).map((entry) => entry.packages);
  if (!machine.debian) {
    return {
      kind: 'tell',
      problem: `${wanted}. Install it, so that its command is on the PATH, and run this again`,
    };
  }
  const found = names.map((candidates) => candidates.find((name) => machine.knows(name)));
  if (!machine.root) {
    // Somebody else will type it: a name that this release has, if one is known.
    const byHand = found.map((name, index) => name ?? names[index]?.[0]).join(' ');
    return { kind: 'tell', problem: `${wanted}. As root: apt-get install ${byHand}` };
  }
  const packages = found.filter((name) => name !== undefined);
  if (packages.length < found.length) {
    return { kind: 'tell', problem: `${wanted}. This system has no package for it; install it by hand` };
  }
  return { kind: 'install', packages };
}

/** The machine that this process runs on. */
export function thisMachine(): Machine {
  return { root: process.getuid?.() === 0, debian: isDebianLike(), knows: aptKnows };
}

/** Brings what is missing, or says what to install.
 *  @throws RollcastError BAD_CONFIGURATION naming exactly what is missing */
export function bring(missing: readonly Need[], say: (line: string) => void): void {
  if (missing.length === 0) return;
  const machine = thisMachine();
  let plan = planFor(missing, machine);
  if (machine.root && machine.debian && !missing.every((need) => NEEDS[need].packages.some(aptKnows))) {
    // A fresh container has empty package lists and knows no package at all.
    say('apt-get update (the package lists do not know what is needed)');
    apt(['update']);
    plan = planFor(missing, machine);
  }
  if (plan.kind === 'tell') throw new RollcastError('BAD_CONFIGURATION', { problem: plan.problem });
  if (plan.kind === 'nothing') return;
  say(
    `apt-get install ${plan.packages.join(' ')} (missing: ${missing.map((n) => NEEDS[n].what).join('; ')})`,
  );
  apt(['install', '-y', '--no-install-recommends', ...plan.packages]);
}

/** The first of these commands on the PATH; undefined when there is none. */
export function findCommand(
  names: readonly string[],
  path: string = process.env['PATH'] ?? '',
): string | undefined {
  const folders = path.split(delimiter).filter((folder) => folder !== '');
  return names.flatMap((name) => folders.map((folder) => join(folder, name))).find(isExecutable);
}

/** A Java of at least 17: JAVA_HOME, the PATH, then where Debian keeps its others. */
export async function findJava(): Promise<{ command: string; version: string } | undefined> {
  const home = process.env['JAVA_HOME'];
  const machines = '/usr/lib/jvm';
  const candidates = [
    ...(home === undefined ? [] : [join(home, 'bin/java')]),
    findCommand(NEEDS.java.commands),
    ...(existsSync(machines) ? readdirSync(machines).map((name) => join(machines, name, 'bin/java')) : []),
  ];
  for (const command of candidates) {
    if (command === undefined || !isExecutable(command)) continue;
    const version = await versionSaid(command, ['-version'], /version "([^"]+)"/);
    if (version !== undefined && javaMajor(version) >= 17) return { command, version };
  }
  return undefined;
}

/** A redis-server of at least 7.0. */
export async function findRedis(): Promise<{ command: string; version: string } | undefined> {
  const command = findCommand([...NEEDS.redis.commands]);
  if (command === undefined) return undefined;
  const version = await versionSaid(command, ['--version'], /v=([\d.]+)/);
  return version !== undefined && Number.parseInt(version, 10) >= 7 ? { command, version } : undefined;
}

/** "17.0.15" is 17, and the old "1.8.0_402" is 8. */
export function javaMajor(version: string): number {
  const [first = '0', second = '0'] = version.split(/[.+_-]/);
  return Number.parseInt(first === '1' ? second : first, 10);
}

/** A Chromium for the page test, installed where that is possible.
 *  @returns the command's full path */
export function ensureChromium(say: (line: string) => void): string {
  const find = (): string | undefined => findCommand([...NEEDS.chromium.commands]);
  return find() ?? afterBringing('chromium', find, say);
}

/** Brings one need and finds it.
 *  @throws RollcastError BAD_CONFIGURATION when it is still not found (a package too old, for instance) */
function afterBringing<T>(need: Need, find: () => T | undefined, say: (line: string) => void): T {
  bring([need], say);
  const found = find();
  if (found === undefined) throw stillMissing(need);
  return found;
}

/** Said when an installed package does not satisfy: its version is too old. */
export function stillMissing(need: Need): RollcastError {
  return new RollcastError('BAD_CONFIGURATION', {
    problem: `this system's packages do not bring ${NEEDS[need].what}; install it by hand`,
  });
}

function isDebianLike(): boolean {
  return existsSync('/etc/debian_version') && findCommand(['apt-get']) !== undefined;
}

function aptKnows(name: string): boolean {
  const env = { ...process.env, LC_ALL: 'C' };
  return hasCandidate(spawnSync('apt-cache', ['policy', name], { encoding: 'utf8', env }).stdout);
}

/** Whether `apt-cache policy` names a version that can be installed. A package that others merely mention is known to
 *  `apt-cache show` and has none. */
export function hasCandidate(policy: string | null): boolean {
  const candidate = /^\s*Candidate:\s*(\S+)/m.exec(policy ?? '')?.[1];
  return candidate !== undefined && candidate !== '(none)';
}

function apt(args: readonly string[]): void {
  // Two runs at once wait for each other instead of failing on the lock.
  const { status, stderr, error } = spawnSync('apt-get', ['-q', '-o', 'DPkg::Lock::Timeout=300', ...args], {
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    stdio: ['ignore', 'ignore', 'pipe'],
    encoding: 'utf8',
  });
  if (status === 0) return;
  const reason = error?.message ?? stderr.trim().split('\n').slice(-5).join('\n');
  throw new RollcastError('BAD_CONFIGURATION', { problem: `apt-get ${args.join(' ')} failed: ${reason}` });
}

/** Some programs print their version to stderr, so both are read. */
async function versionSaid(command: string, args: string[], pattern: RegExp): Promise<string | undefined> {
  try {
    const { stdout, stderr } = await promisify(execFile)(command, args, { timeout: 20_000 });
    return pattern.exec(stdout + stderr)?.[1];
  } catch {
    return undefined;
  }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
