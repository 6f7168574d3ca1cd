/** @file The command line as a process, as it was built: exit codes, and what Ctrl-C leaves behind. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, inject, test } from 'vitest';
import { KafkaAdmin, KafkaClient, silentLogger } from '#kafka';
import { until } from '../../../test/until.js';
import { builtProgram } from './testing/built-program.js';

const { rollcast, temporary } = builtProgram();

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
