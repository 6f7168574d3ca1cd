import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { identityOf, isRunning, killRecorded, type ProcessIdentity } from './process-identity.js';
import { RunRecord, endCrashedRuns } from './run-record.js';

let cache = '';
const children: ChildProcess[] = [];
beforeEach(() => {
  cache = mkdtempSync(join(tmpdir(), 'rollcast-cache-'));
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  rmSync(cache, { recursive: true, force: true });
});

/** A process that does nothing until it is killed, leading its own group as our servers do. */
async function idle(): Promise<{ child: ChildProcess; identity: ProcessIdentity }> {
  const child = spawn('sleep', ['600'], { detached: true, stdio: 'ignore' });
  children.push(child);
  await once(child, 'spawn');
  const identity = identityOf(child.pid ?? 0);
  if (identity === undefined) throw new Error('the idle process has no identity');
  return { child, identity };
}

/** Makes a recorded run look as if its owner had crashed. */
function orphan(folder: string, change: object = {}): void {
  const file = join(folder, 'run.json');
  const record = JSON.parse(readFileSync(file, 'utf8')) as { owner: ProcessIdentity };
  writeFileSync(
    file,
    JSON.stringify({ ...record, owner: { ...record.owner, began: 'long ago' }, ...change }),
  );
}

describe('identity', () => {
  test('a running process is recognised, and an ended one is not', async () => {
    const { child, identity } = await idle();
    expect(isRunning(identity)).toBe(true);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(isRunning(identity)).toBe(false);
  });

  test('a pid that began at another moment is another process and is never killed', async () => {
    const { child, identity } = await idle();
    const reused = { ...identity, began: `${identity.began}0` };
    expect(isRunning(reused)).toBe(false);
    expect(killRecorded(reused)).toBe(false);
    expect(child.exitCode).toBeNull();
    expect(isRunning(identity)).toBe(true);
  });

  test.each([0, -1, 1.5, Number.NaN])('%d is no process', (pid) => expect(identityOf(pid)).toBeUndefined());
});

describe('what a run leaves', () => {
  test('a clean end kills the recorded servers and removes the folder', async () => {
    const { child, identity } = await idle();
    const record = RunRecord.begin(cache);
    record.add('Kafka', identity);
    const gone = once(child, 'exit');
    record.end();
    await gone;
    expect(existsSync(record.folder)).toBe(false);
  });

  test('a crashed run is ended by its own record, and said', async () => {
    const { child, identity } = await idle();
    const record = RunRecord.begin(cache);
    record.add('Kafka', identity);
    orphan(record.folder);
    const gone = once(child, 'exit');
    expect(endCrashedRuns(cache)).toEqual([expect.stringContaining(`Kafka (process ${identity.pid})`)]);
    await gone;
    expect(existsSync(record.folder)).toBe(false);
  });

  test('a run whose owner lives is left alone', async () => {
    const { identity } = await idle();
    const record = RunRecord.begin(cache);
    record.add('Kafka', identity);
    expect(endCrashedRuns(cache)).toEqual([]);
    expect(isRunning(identity)).toBe(true);
    expect(existsSync(record.folder)).toBe(true);
  });

  test('a run of another machine that shares the folder is left alone', () => {
    const record = RunRecord.begin(cache);
    orphan(record.folder, { host: 'another-machine' });
    expect(endCrashedRuns(cache)).toEqual([]);
    expect(existsSync(record.folder)).toBe(true);
  });

  test('a reused pid in a crashed record survives, and the folder goes', async () => {
    const { identity } = await idle();
    const record = RunRecord.begin(cache);
    record.add('Kafka', { ...identity, began: 'another moment' });
    orphan(record.folder);
    expect(endCrashedRuns(cache)).toEqual([expect.stringContaining('its folder')]);
    expect(isRunning(identity)).toBe(true);
    expect(existsSync(record.folder)).toBe(false);
  });

  test('a half removed folder is removed, one that is being prepared is not', () => {
    mkdirSync(join(cache, 'runs', '1-abc'), { recursive: true });
    mkdirSync(join(cache, 'runs', '.preparing-abc'));
    endCrashedRuns(cache);
    expect(readdirSync(join(cache, 'runs'))).toEqual(['.preparing-abc']);
  });
});
