import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { until } from '../../../test/until.js';
import { projectFile } from './project-file.js';
import { identityOf, isRunning, type ProcessIdentity } from './process-identity.js';
import { RunRecord, endCrashedRuns } from './run-record.js';
import { ServerProcess } from './server-process.js';

let cache = '';
const children: ChildProcess[] = [];
beforeEach(() => {
  cache = mkdtempSync(join(tmpdir(), 'rollcast-ending-'));
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  endCrashedRuns(cache);
  rmSync(cache, { recursive: true, force: true });
});

/** Starts `idleRun` in a process of its own and waits until its server runs. */
async function run(way: string): Promise<{ owner: ChildProcess; folder: string; server: ProcessIdentity }> {
  const module = projectFile('libs/local/src/testing/idle-run.ts');
  const program = `
    import { runnerImport } from 'vite';
    const conditions = ['source'];
    const { module } = await runnerImport(${JSON.stringify(module)}, {
      configFile: false, logLevel: 'error', resolve: { conditions }, ssr: { resolve: { conditions } },
    });
    await module.idleRun(${JSON.stringify(cache)}, ${JSON.stringify(way)});`;
  const owner = spawn(process.execPath, ['--input-type=module', '-e', program], {
    cwd: projectFile('.'),
    stdio: ['ignore', 'pipe', way === 'throw' ? 'ignore' : 'inherit'],
  });
  children.push(owner);
  const [line] = (await once(createInterface(owner.stdout), 'line')) as [string];
  const [, folder = '', pid = '0'] = line.split(' ');
  const server = identityOf(Number(pid));
  // After `exit` and `throw` it may be gone already: then its pid alone must not be found running.
  return { owner, folder, server: server ?? { pid: Number(pid), began: 'gone' } };
}

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const)('%s ends the servers, removes the folder and exits with %i', async (signal, code) => {
  const { owner, folder, server } = await run('signal');
  expect(isRunning(server)).toBe(true);
  owner.kill(signal);
  expect(await once(owner, 'exit')).toEqual([code, null]);
  await until('the server is gone', () => !isRunning(server));
  expect(existsSync(folder)).toBe(false);
});

test.each([
  ['exit', 3],
  ['throw', 1],
] as const)('a program that ends by %s leaves nothing', async (way, code) => {
  const { owner, folder, server } = await run(way);
  if (owner.exitCode === null) await once(owner, 'exit');
  expect(owner.exitCode).toBe(code);
  await until('the server is gone', () => !isRunning(server));
  expect(existsSync(folder)).toBe(false);
});

test('after SIGKILL the server is left, and the next run ends it', async () => {
  const { owner, folder, server } = await run('signal');
  owner.kill('SIGKILL');
  await once(owner, 'exit');
  expect(isRunning(server)).toBe(true);
  expect(endCrashedRuns(cache)).toEqual([expect.stringContaining(`Sleep (process ${server.pid})`)]);
  await until('the server is gone', () => !isRunning(server));
  expect(existsSync(folder)).toBe(false);
});

test('a server that ends before it answers is refused with the end of its log', async () => {
  const record = RunRecord.begin(cache);
  const server = new ServerProcess(
    {
      name: 'Broken',
      command: 'sh',
      args: ['-c', 'echo the disk is full; exit 7'],
      logFile: join(record.folder, 'broken.log'),
      answers: () => Promise.resolve(false),
      readyWithinMs: 10_000,
    },
    record,
    () => undefined,
  );
  await expect(server.start()).rejects.toThrow(
    /Broken did not start: it ended with exit code 7\nthe disk is full/,
  );
  record.end();
});

test('somebody else who answers on the port of a server that has ended is not taken for it', async () => {
  const record = RunRecord.begin(cache);
  const told: string[] = [];
  let asked = 0;
  const server = new ServerProcess(
    {
      name: 'Second',
      command: 'sh',
      args: ['-c', 'echo address already in use; exit 1'],
      logFile: join(record.folder, 'second.log'),
      // The other's answer comes when ours is gone.
      answers: async () => {
        asked += 1;
        await until('ours is gone', () => server.pid === undefined);
        return true;
      },
      readyWithinMs: 10_000,
    },
    record,
    (sentence) => told.push(sentence),
  );
  await expect(server.start()).rejects.toThrow(
    /Second did not start: it ended with exit code 1\naddress already in use/,
  );
  expect([asked, told]).toEqual([1, []]);
  record.end();
});

test('an end that nobody asked for is told once, with the last words; one that was asked for is not', async () => {
  const record = RunRecord.begin(cache);
  const told: string[] = [];
  const logFile = join(record.folder, 'talker.log');
  const server = new ServerProcess(
    {
      name: 'Talker',
      command: 'sh',
      args: ['-c', 'echo here I am; exec sleep 600'],
      logFile,
      answers: async () => readFileSync(logFile, 'utf8').includes('here I am'),
      readyWithinMs: 10_000,
    },
    record,
    (sentence) => told.push(sentence),
  );
  await server.start();
  await server.restart();
  await server.kill();
  expect(told).toEqual([]);
  await server.start();
  process.kill(server.pid ?? 0, 'SIGKILL');
  await until('it is told', () => told.length > 0);
  expect(told).toEqual([
    expect.stringMatching(/^Talker has ended by itself \(SIGKILL\)\..*\n(here I am\n?)+$/),
  ]);
  record.end();
});

test('a command that does not exist is refused with its name', async () => {
  const record = RunRecord.begin(cache);
  const server = new ServerProcess(
    {
      name: 'Absent',
      command: join(cache, 'no-such-command'),
      args: [],
      logFile: join(record.folder, 'absent.log'),
      answers: () => Promise.resolve(false),
      readyWithinMs: 10_000,
    },
    record,
    () => undefined,
  );
  await expect(server.start()).rejects.toThrow(/Absent did not start: cannot start .*no-such-command/);
  record.end();
});
