import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Closing } from '../closing.js';
import { Interrupted } from '../failures.js';
import { lastLines } from './log-tail.js';
import { ServiceProcess } from './service-process.js';
import { startServices } from './services.js';

const script = fileURLToPath(new URL('../testing/fake-service.mjs', import.meta.url));
let folder = '';
let begun: Closing;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rollcast-services-'));
  begun = new Closing(() => undefined);
});
afterEach(async () => {
  await begun.close();
  rmSync(folder, { recursive: true });
});

const never = new AbortController().signal;
const plan = (fake: string) => ({
  name: fake,
  script,
  env: { FAKE: fake },
  logFile: join(folder, `${fake}.log`),
});

function one(fake: string): ServiceProcess {
  const service = new ServiceProcess(plan(fake));
  begun.add(fake, () => service.stop(200));
  return service;
}

function three(fakes: Partial<Record<string, string>>, signal = never) {
  return startServices(
    {
      script: () => script,
      env: (name) => ({ FAKE: fakes[name] ?? 'ready' }),
      logFolder: folder,
      readyWithinMs: 10_000,
    },
    begun,
    signal,
  );
}

const answers = (url: string) =>
  fetch(url).then(
    () => true,
    () => false,
  );

describe('a service', () => {
  test('is started when it says that work gets done, and gone when it is stopped', async () => {
    const service = one('ready');
    const url = await service.untilReady(10_000, never);
    expect((await fetch(`${url}/health/ready`)).status).toBe(200);
    expect(await service.stop()).toBe(true);
    expect(await answers(url)).toBe(false);
    expect(readFileSync(join(folder, 'ready.log'), 'utf8')).toContain('fake begins');
  });

  test('that cannot start says why, in its own words', async () => {
    await expect(one('refuses').untilReady(10_000, never)).rejects.toThrow(
      /refuses has ended \(exit code 1\)[^]*KAFKA_BROKERS: not set/,
    );
  });

  test('that is never ready is given up with what it waits for', async () => {
    await expect(one('never-ready').untilReady(1_000, never)).rejects.toThrow(
      'never-ready is not ready after 1 s: partitions: no partition yet',
    );
  });

  test('that does not end when asked is ended by force', async () => {
    const service = one('stubborn');
    const url = await service.untilReady(10_000, never);
    expect(await service.stop(100)).toBe(false);
    expect(await answers(url)).toBe(false);
  });
});

describe('three services', () => {
  test('are all ready when they are started', async () => {
    const { urls, signal } = await three({});
    expect(new Set(Object.values(urls)).size).toBe(3);
    for (const url of Object.values(urls)) expect(await answers(url)).toBe(true);
    expect(signal.aborted).toBe(false);
    await begun.close();
    for (const url of Object.values(urls)) expect(await answers(url)).toBe(false);
    expect(signal.aborted).toBe(false);
  });

  test('do not start when one of them cannot', async () => {
    await expect(three({ trainer: 'refuses' })).rejects.toThrow(/trainer has ended/);
  });

  test('are given up when one of them dies later', async () => {
    const { urls, signal } = await three({});
    const aborted = new Promise((resolve) => signal.addEventListener('abort', () => resolve(signal.reason)));
    await fetch(`${urls.predictor}/die`).catch(() => undefined);
    await expect(aborted.then((reason) => (reason as Error).message)).resolves.toMatch(
      /predictor has ended \(SIGKILL\)[^]*fake begins/,
    );
  });

  test('are not waited for after Ctrl-C', async () => {
    const pressed = new AbortController();
    const starting = three({ ingest: 'never-ready' }, pressed.signal);
    pressed.abort(new Interrupted('SIGINT'));
    await expect(starting).rejects.toThrow('interrupted');
  });
});

test('the end of a log shows structured lines as text, with their errors', () => {
  const file = join(folder, 'x.log');
  const line = {
    time: 0,
    level: 50,
    msg: 'no broker',
    err: { stack: 'Error: x\n at a\n at b\n at c\n at d' },
  };
  writeFileSync(file, `${'x'.repeat(20_000)}\nplain\n${JSON.stringify(line)}\n[1]\n`);
  expect(lastLines(file, 3)).toEqual([
    'plain',
    '00:00:00 no broker',
    'Error: x',
    ' at a',
    ' at b',
    ' at c',
    '[1]',
  ]);
  expect(lastLines(join(folder, 'none.log'), 3)).toEqual([]);
});
