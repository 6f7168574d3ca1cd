/** @file `rollcast up` as it was built, on its fixed ports, with servers of its own. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { Forecast } from '#contracts';
import { cacheFolder } from '#local';
import { until } from '../../../../test/until.js';
import { portsCheck } from '../doctor/machine-checks.js';
import { portsOfUp } from '../ports.js';
import { runProgram } from '../run-program.js';
import { builtProgram } from '../testing/built-program.js';
import { recordedContext } from '../testing/recorded-console.js';
import { csvFolder, waveCsv } from '../csv/testing/written-csv.js';

const write = csvFolder(afterAll);
const { rollcast, temporary } = builtProgram();
const PORTS = portsOfUp({ kafka: false, redis: false }).map(({ port }) => port);
const nothing = { KAFKA_BROKERS: undefined, REDIS_URL: undefined };
const free = () => portsCheck(PORTS).ask();

/** As a person types it beside a `rollcast up`. */
async function typed(...args: string[]) {
  const context = recordedContext();
  const code = await runProgram(args, context);
  return { code, printed: context.console.printed.join('\n'), said: context.console.said.join('\n') };
}

async function up(data: string) {
  const running = rollcast(['up', '--data', data], nothing);
  await until(
    () => `up: ${running.said()}`,
    () => running.said().includes('Ctrl-C ends it') || running.child.exitCode !== null,
  );
  expect(running.child.exitCode, running.said()).toBeNull();
  return running;
}

async function down({ child, ended, said }: Awaited<ReturnType<typeof up>>) {
  child.kill('SIGINT');
  // This is how it is meant to end.
  expect(await ended, said()).toBe(0);
  expect(await free()).toMatchObject({ status: 'ok' });
}

/** The Redis that a running `up` has started. */
function redisOf({ child }: Awaited<ReturnType<typeof up>>): number {
  const runs = join(cacheFolder(), 'runs');
  const run = readdirSync(runs).find((name) => name.startsWith(`${child.pid}-`)) ?? '';
  const { servers } = JSON.parse(readFileSync(join(runs, run, 'run.json'), 'utf8')) as {
    servers: { Redis: { pid: number } };
  };
  return servers.Redis.pid;
}

/** Tries to start beside a running `up`. */
async function refused(data: string): Promise<string> {
  const beside = rollcast(['up', '--data', data], nothing);
  expect(await beside.ended, beside.said()).toBe(1);
  return beside.said();
}

test('up, replay, forecasts, Ctrl-C: up again finds definitions, readings and forecasts, and ends with its Redis', async (context) => {
  const before = await free();
  if (before.status !== 'ok') return context.skip(before.detail);
  const data = join(temporary(), 'data');
  const file = write(waveCsv(40));
  const latest = async () => {
    const { code, printed } = await typed('forecasts', 'room', '--json');
    return code === 0 ? Forecast.parse(JSON.parse(printed)) : null;
  };
  const last = '2026-01-02T15:00:00.000Z';

  const first = await up(data);
  expect(await typed('replay', file, '--stream', 'room', '--create')).toMatchObject({ code: 0 });
  const forecast = await until('the last forecast', async () => {
    const found = await latest();
    return found?.origin === last ? found : null;
  });
  expect(await refused(data)).toBe(
    `rollcast: rollcast up already runs in ${data} (pid ${first.child.pid})\n`,
  );
  const elsewhere = await refused(join(temporary(), 'elsewhere'));
  expect(elsewhere).toContain('nothing was started');
  for (const port of PORTS) expect(elsewhere).toContain(`  ${port}, of `);
  await down(first);

  const second = await up(data);
  expect(await until('a forecast', latest)).toEqual(forecast);
  const again = await typed('replay', file, '--stream', 'room');
  expect(again.said).toContain('already published: all 40 readings');
  process.kill(redisOf(second), 'SIGKILL');
  expect(await second.ended, second.said()).toBe(1);
  expect(second.said()).toContain('rollcast: Redis has ended by itself (SIGKILL)');
  expect(await free()).toMatchObject({ status: 'ok' });
}, 240_000);
