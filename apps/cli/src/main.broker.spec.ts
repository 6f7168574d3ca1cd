/** @file The command line as a process, as it was built: exit codes, and what Ctrl-C leaves behind. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, inject, test } from 'vitest';
import { z } from 'zod';
import { KafkaAdmin, KafkaClient, silentLogger } from '#kafka';
import { until } from '../../../test/until.js';
import { csvFolder, waveCsv } from './csv/testing/written-csv.js';
import { builtProgram } from './testing/built-program.js';

const write = csvFolder(afterAll);
const { rollcast, temporary } = builtProgram();

/** What `--json` writes, as far as it is looked at here. */
const Row = z.object({ name: z.string(), mae: z.number(), origins: z.number() }).loose();
const Judged = z.object({ truths: z.number().positive() });
const DemoResult = z.object({
  rows: z.array(Row),
  asServed: Row,
  differences: z.unknown(),
  judged: z.object({ byEvaluations: Judged, byForecasts: Judged }),
  verdict: z.object({ kind: z.string() }),
  problem: z.unknown(),
});

/** Process ids of the children of a process (Linux). */
function childrenOf(pid: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((one) => parentOf(one) === pid);
}

function parentOf(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  } catch {
    return undefined;
  }
}

describe('exit codes', () => {
  test.each([
    [['--version'], 0],
    [['--help'], 0],
    [['nonsense'], 2],
    [['replay', 'no-such-file.csv', '--create', '--url', 'http://127.0.0.1:1'], 1],
  ])('%j ends with %i', async (args, code) => {
    const { ended, said } = rollcast(args);
    expect(await ended, said()).toBe(code);
  });

  test('what goes to a reader that has left ends quietly', async () => {
    const { child, ended, said } = rollcast(['topics', '--json']);
    child.stdout?.destroy();
    await ended;
    expect(said()).not.toMatch(/EPIPE|our bug/);
  });
});

test('the demo on a file ends with a row for every forecaster, and what was served is what the loop makes', async () => {
  const file = write(waveCsv(1_200));
  const json = join(temporary(), 'report.json');
  const demo = rollcast(['demo', '--csv', file, '--exit', '--json', json], {
    KAFKA_BROKERS: inject('brokers').join(','),
    REDIS_URL: inject('redisUrl'),
  });
  expect(await demo.ended, demo.said()).toBe(0);
  const report = DemoResult.parse(JSON.parse(readFileSync(json, 'utf8')));
  const kinds = ['last-value', 'seasonal-naive', 'ridge', 'kalman', 'cmamba'];
  expect(report.rows.map(({ name }) => name)).toEqual(kinds);
  const lines = demo.printed().split('\n');
  expect(lines.slice(1, 7).map((line) => line.split(/\s{2,}/)[0])).toEqual([...kinds, 'as served']);
  const served = report.rows.find(({ name }) => name === report.verdict.kind) ?? {};
  expect(report.asServed).toEqual({ ...served, name: 'as served' });
  expect(report.asServed.origins).toBeGreaterThan(100);
  expect(report.differences).toEqual({ altered: 0, missing: 0, doubled: 0, first: null });
  expect(report.judged.byEvaluations).toMatchObject({ truths: report.judged.byForecasts.truths });
  expect(report.problem).toBeNull();
  expect(demo.printed()).toContain('as forecasts and frames say');
}, 240_000);

test.runIf(process.platform === 'linux')(
  'Ctrl-C in the middle of the demo ends it within seconds, with 130, and leaves no process, folder or topic',
  async () => {
    const brokers = inject('brokers');
    const client = new KafkaClient({ brokers, clientId: 'spec', prefix: 'demo-' }, silentLogger);
    const admin = new KafkaAdmin(client);
    const before = await admin.topicNames();
    const demo = rollcast(['demo', '--exit'], {
      KAFKA_BROKERS: brokers.join(','),
      REDIS_URL: inject('redisUrl'),
    });
    await until(
      () => `the demo runs: ${demo.said()}`,
      () => demo.said().includes('stream "weather"') || demo.child.exitCode !== null,
    );
    const services = childrenOf(demo.child.pid ?? 0);
    expect(services, demo.said()).toHaveLength(3);
    expect((await admin.topicNames()).length).toBe(before.length + 10);

    const pressed = Date.now();
    demo.child.kill('SIGINT');
    expect(await demo.ended, demo.said()).toBe(130);
    expect(Date.now() - pressed).toBeLessThan(15_000);
    expect(demo.said()).not.toContain('could not end');
    for (const pid of services) expect(parentOf(pid)).toBeUndefined();
    expect(readdirSync(temporary()).filter((name) => name.startsWith('rollcast-'))).toEqual([]);
    await until('the topics are gone', async () => (await admin.topicNames()).length === before.length);
    await admin.close();
  },
  180_000,
);
