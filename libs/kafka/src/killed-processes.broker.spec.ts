import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { until } from '../../../test/until.js';
import { BrokerBench, COUNTING_TOPICS } from './testing/broker-bench.js';
import { type CountingChild, CountingFleet } from './testing/counting-fleet.js';

describe('processes that are killed and frozen', () => {
  const b = new BrokerBench(inject('brokers'));
  let fleet: CountingFleet;
  let sent = 0;
  let sending = true;
  let producing: Promise<void> = Promise.resolve();

  beforeAll(async () => {
    await b.countingTopics();
    fleet = new CountingFleet({
      ...COUNTING_TOPICS,
      brokers: b.brokers,
      prefix: b.prefix,
      groupId: 'fleet',
      sessionTimeoutMs: await b.shortestSessionMs(),
    });
    producing = (async () => {
      while (sending) {
        await b.sendCounting(sent, 20);
        sent += 20;
        await new Promise((resolve) => setTimeout(resolve, 25));
      }
    })();
  });

  afterAll(async () => {
    sending = false;
    await producing;
    await fleet.end();
    await b.close();
  });

  const progress = async (records: number, what: string) => {
    const before = fleet.records;
    await until(what, () => fleet.records >= before + records);
  };

  test('what they leave behind equals one undisturbed run, byte for byte', async () => {
    const alive: CountingChild[] = [fleet.start(), fleet.start()];
    await until('both own partitions', () => alive.every(({ opened }) => opened.length > 0));
    await progress(200, 'the first records');

    // SIGKILL in the middle of the stream, one, the other, then both.
    for (const victims of [[0], [1], [0, 1]]) {
      for (const victim of victims) {
        const child = alive[victim];
        if (child !== undefined) await fleet.kill(child);
        alive[victim] = fleet.start();
      }
      await progress(300, `records after the death of ${victims.join(' and ')}`);
    }

    // A zombie: frozen past its session, while the other takes over; then it wakes up and believes it still owns.
    const [zombie, other] = alive;
    if (zombie === undefined || other === undefined) throw new Error('two processes are alive');
    await until('the one to freeze owns partitions', () => zombie.opened.length > 0);
    zombie.child.kill('SIGSTOP');
    const openedBefore = other.opened.length;
    await until('the other has taken over', () => other.opened.length > openedBefore);
    zombie.child.kill('SIGCONT');
    await progress(300, 'records after the zombie woke up');

    sending = false;
    await producing;
    await until('nothing waits', () => b.noLag('fleet'));
    expect(await b.countingDifference()).toBeNull();
    expect(fleet.children.length).toBeGreaterThanOrEqual(6);
  }, 170_000);
});
