import { kafkajs } from './kafkajs.js';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { TOPICS } from '#contracts';
import { createLogger, Health, Metrics, Shutdown } from '#platform';
import { CompactedTable } from './compacted-table.js';
import type { InputRecord, OutputRecord } from './partition-task.js';
import { BrokerBench } from './testing/broker-bench.js';
import { RangeReader } from './range-reader.js';
import { serveTable } from './runner-service.js';
import { TopicFollower } from './topic-follower.js';
import { TopicReader } from './topic-reader.js';
import { applyTopics, deleteTopics } from './topics.js';
import { homePartition } from './home-partition.js';
import { PartitionTransactions } from './transaction.js';
import { writeThrough } from './write-through.js';
import { until } from '../../../test/until.js';

const { CompressionCodecs, CompressionTypes } = kafkajs;

let b: BrokerBench;

beforeAll(async () => {
  b = new BrokerBench(inject('brokers'));
  await b.topics(['plain', 'ranges', 'tail', 'fence', 'named'], []);
  await b.topics(['table', 'through'], ['table', 'through'], 1);
  const configs = TOPICS.find(({ name }) => name === 'readings')?.configs ?? {};
  await applyTopics(b.client, b.admin, [{ name: 'gzip', partitions: 4, configs }]);
});

afterAll(async () => {
  await deleteTopics(b.client, b.admin, ['gzip']);
  await b.close();
});

const send = (topic: string, count: number, from = 0) =>
  b.producer.send(
    Array.from({ length: count }, (_, i) => ({ topic, key: `k${from + i}`, value: String(from + i) })),
  );

test('topics are created once; what differs later is reported and left alone', async () => {
  const plan = { name: 'planned', partitions: 3, configs: { 'retention.ms': '86400000' } };
  expect(await applyTopics(b.client, b.admin, [plan])).toEqual({
    created: ['planned'],
    existing: [],
    differences: [],
  });
  const changed = { ...plan, partitions: 5, configs: { 'retention.ms': '1' } };
  const report = await applyTopics(b.client, b.admin, [changed]);
  expect(report.created).toEqual([]);
  expect(report.differences.map(({ what }) => what)).toEqual(['partitions', 'retention.ms']);
  expect(await b.admin.partitionCount('planned')).toBe(3);
  expect((await applyTopics(b.client, b.admin, [plan])).differences).toEqual([]);
  expect(await deleteTopics(b.client, b.admin, ['planned', 'never-there'])).toEqual(['planned']);
});

test('a record without a partition goes to the home of its key', async () => {
  await send('plain', 40);
  const log = await b.read(['plain']);
  for (let partition = 0; partition < 4; partition++) {
    for (const { key } of log.read('plain', partition)) {
      expect(homePartition(key ?? '', 4)).toBe(partition);
    }
  }
  expect(log.texts('plain').flat()).toHaveLength(40);
});

test('what we write is compressed by us, and the broker keeps it as it is', async () => {
  const usual = CompressionCodecs[CompressionTypes.GZIP];
  const flags: unknown[] = [];
  CompressionCodecs[CompressionTypes.GZIP] = () => {
    const codec = usual() as { decompress(buffer: Buffer): Promise<Buffer> };
    const decompress = (buffer: Buffer) => {
      // RFC 1952: the ninth byte is 4 where the compressor used its fastest algorithm; a broker's is 0.
      flags.push(buffer[8]);
      return codec.decompress(buffer);
    };
    return { ...codec, decompress };
  };
  try {
    await b.producer.send([{ topic: 'gzip', partition: 0, key: 'k', value: 'ours' }]);
    expect((await b.read(['gzip'])).texts('gzip')[0]?.at(-1)?.value).toBe('ours');
  } finally {
    CompressionCodecs[CompressionTypes.GZIP] = usual;
  }
  expect(flags).toContain(4);
});

test('what others compress by a codec that kafkajs cannot read is read all the same', async () => {
  const producer = b.client.idempotentProducer();
  const none = CompressionCodecs[CompressionTypes.Snappy];
  CompressionCodecs[CompressionTypes.Snappy] = () => ({
    compress: ({ buffer }: { buffer: Buffer }) => Promise.resolve(storedAsSnappy(buffer)),
  });
  try {
    await producer.connect();
    const messages = [{ partition: 1, key: 'k', value: 'a reading of somebody else' }];
    await producer.send({
      topic: b.client.names.full('gzip'),
      compression: CompressionTypes.Snappy,
      acks: -1,
      messages,
    });
  } finally {
    CompressionCodecs[CompressionTypes.Snappy] = none;
    await producer.disconnect();
  }
  expect((await b.read(['gzip'])).texts('gzip')[1]?.[0]?.value).toBe('a reading of somebody else');
});

/** The format of snappy without finding any repetition: the length, then literals. */
function storedAsSnappy(bytes: Buffer): Buffer {
  const parts: Buffer[] = [Buffer.of((bytes.length & 0x7f) | 0x80, bytes.length >> 7)];
  for (let at = 0; at < bytes.length; at += 60) {
    const literal = bytes.subarray(at, at + 60);
    parts.push(Buffer.of((literal.length - 1) << 2), literal);
  }
  return Buffer.concat(parts);
}

test('a send to a topic that does not exist is given up after its deadline, and says which', async () => {
  const sent = b.producer.send([{ topic: 'nowhere', key: 'k', value: 'v' }], { deadlineMs: 500 });
  await expect(sent).rejects.toMatchObject({ code: 'TOPIC_MISSING' });
});

test('a range ends where it was told to, and a reader that stops early leaves nothing running', async () => {
  const records = Array.from({ length: 3_000 }, (_, i) => ({
    topic: 'ranges',
    partition: 1,
    key: null,
    value: `${i}`.padEnd(500, '.'),
  }));
  await b.producer.send(records);
  const reader = new TopicReader(b.client, ['ranges']);
  const offsets: bigint[] = [];
  for await (const piece of reader.range({ topic: 'ranges', partition: 1, from: 10n, to: 2_500n })) {
    offsets.push(...piece.map(({ offset }) => offset));
  }
  expect(offsets).toEqual(Array.from({ length: 2_490 }, (_, i) => BigInt(10 + i)));

  for await (const piece of reader.range({ topic: 'ranges', partition: 1, from: 0n })) {
    expect(piece[0]?.offset).toBe(0n);
    break;
  }
  // The partition is free again.
  const rest: InputRecord[] = [];
  for await (const piece of reader.range({ topic: 'ranges', partition: 1, from: 2_990n }))
    rest.push(...piece);
  expect(rest).toHaveLength(10);

  // A last record that never comes (compaction may have taken it) does not keep the read from its end.
  const ranges = new RangeReader(b.client, b.admin, 'ends', ['ranges']);
  ranges.start();
  let read = 0;
  await ranges.read(
    { topic: 'ranges', partition: 1, from: 0n, end: 3_000n, isLast: () => false },
    (piece) => {
      read += piece.length;
    },
  );
  expect(read).toBe(3_000);
  await ranges.stop();

  const beyond = reader.range({ topic: 'ranges', partition: 1, from: 9_999n }).next();
  await expect(beyond).resolves.toEqual({ done: true, value: undefined });
  await reader.close();
});

test('a follower begins where it is told, and at the end of the partitions of which it is told nothing', async () => {
  const place = (partition: number, value: string) => ({ topic: 'named', partition, key: 'k', value });
  await b.producer.send(
    [0, 1].flatMap((partition) => ['a', 'b', 'c'].map((value) => place(partition, value))),
  );
  const seen: string[] = [];
  const follower = new TopicFollower(b.client, {
    topic: 'named',
    from: () => Promise.resolve(new Map([[1, 1n]])),
    onRecords: (records) =>
      seen.push(...records.map(({ partition, value }) => `${partition}${String(value)}`)),
  });
  await follower.start();
  await b.producer.send([place(0, 'd')]);
  await follower.catchUp();
  await follower.stop();
  expect(seen.sort()).toEqual(['0d', '1b', '1c']);
});

test('a follower from the end sees only what comes, once each and in order', async () => {
  await send('tail', 10);
  const seen: string[] = [];
  const follower = new TopicFollower(b.client, {
    topic: 'tail',
    from: 'end',
    onRecords: (records) => seen.push(...records.map(({ value }) => value?.toString() ?? '')),
  });
  await expect(follower.catchUp(AbortSignal.abort())).rejects.toMatchObject({ code: 'RELEASED' });
  await follower.start();
  await send('tail', 20, 100);
  await follower.catchUp();
  expect([...seen].sort()).toEqual(Array.from({ length: 20 }, (_, i) => String(100 + i)).sort());
  await follower.stop();
});

test('the trouble of a question that nobody waits for any more is over, answered or not', async () => {
  const told: (string | null)[] = [];
  const follower = new TopicFollower(b.client, {
    topic: 'not-yet',
    from: 'start',
    onRecords: () => undefined,
    onState: (problem) => told.push(problem === null ? null : problem.code),
  });
  const [first, second] = [new AbortController(), new AbortController()];
  const givenUp = follower.catchUp(first.signal);
  await until('the first is in trouble', () => told.at(-1) === 'TOPIC_MISSING');
  first.abort();
  await expect(givenUp).rejects.toMatchObject({ code: 'RELEASED' });
  expect(told.at(-1)).toBeNull();

  const answered = follower.catchUp(second.signal);
  await until('the second is in trouble', () => told.at(-1) === 'TOPIC_MISSING');
  await b.topics(['not-yet']);
  await answered;
  expect(told.at(-1)).toBeNull();
  await follower.stop();
});

test('a table is ready with what was there, catches up with what was written, and forgets tombstones', async () => {
  const write = (key: string, value: string | null) => b.producer.send([{ topic: 'table', key, value }]);
  await write('a', '1');
  await write('b', '1');
  const changes: string[] = [];
  const table = new CompactedTable(b.client, {
    topic: 'table',
    onChange: (key, value) => changes.push(`${key}=${value?.toString() ?? 'gone'}`),
  });
  await table.ready();
  expect([...table.entries()].map(([key, value]) => `${key}=${value.toString()}`).sort()).toEqual([
    'a=1',
    'b=1',
  ]);
  for (let i = 2; i < 12; i++) {
    await write('a', String(i));
    await table.catchUp();
    expect(table.get('a')?.toString()).toBe(String(i));
  }
  await write('b', null);
  await table.catchUp();
  expect(table.get('b')).toBeUndefined();
  expect(changes.at(-1)).toBe('b=gone');
  await table.stop();
});

test('a topic that was begun anew ends the table and the service that follow it, loudly', async () => {
  await b.topics(['anew'], ['anew'], 1);
  const lines: string[] = [];
  const exits: number[] = [];
  const logger = createLogger({ name: 'try', write: (line) => lines.push(line) });
  const health = new Health();
  const ending = { on: () => undefined, exit: (code: number) => void exits.push(code) };
  const shutdown = new Shutdown(health, logger, ending);
  const platform = { logger, health, metrics: new Metrics('try'), shutdown };
  const served = serveTable(platform, b.client, { topic: 'anew' });
  await b.producer.send(['a', 'b', 'c'].map((key) => ({ topic: 'anew', key, value: 'of the old log' })));
  await served.catchUp();
  expect(served.entries().size).toBe(3);
  await deleteTopics(b.client, b.admin, ['anew']);
  await until('it is gone', async () => (await b.admin.partitionCount('anew')) === null);
  await b.topics(['anew'], ['anew'], 1);
  await b.producer.send([{ topic: 'anew', key: 'new', value: 'of the new log' }]);
  await until('the service has ended', () => exits.length > 0);
  expect(exits).toEqual([1]);
  expect(lines.join('')).toContain('this cannot go on: topic anew: INPUT_LOST: anew, partition 0');
  await expect(served.catchUp()).rejects.toMatchObject({ code: 'INPUT_LOST' });
});

test('a table whose topic is written by transactions ends at their markers', async () => {
  const signal = new AbortController().signal;
  const options = { transactionalId: 'table-writer', partition: 0, transactionTimeoutMs: 10_000, signal };
  const record = (value: string) => ({ topic: 'table', partition: 0, key: 'tx', value });
  const writer = await PartitionTransactions.open(b.client, options, [record('1')], () => 1_000_000);
  const table = new CompactedTable(b.client, { topic: 'table' });
  await table.ready();
  await writer.commit([record('2')], () => 1_000_000);
  // The marker may come a moment behind the acknowledgement: till then the end is before the record (see `bounds`).
  await until('the marker is written', async () => {
    await table.catchUp();
    return table.get('tx')?.toString() === '2';
  });
  await Promise.all([table.stop(), writer.close()]);
});

test('what is written through a table can be read when that is said, also behind an open transaction', async () => {
  const table = new CompactedTable(b.client, { topic: 'through' });
  await table.ready();
  const other = b.client.transactionalProducer('somebody-else', 10_000);
  await other.connect();
  const open = await other.transaction();
  const first = { partition: 0, key: 'theirs', value: 'not yet' };
  await open.sendBatch({ topicMessages: [{ topic: b.client.names.full('through'), messages: [first] }] });

  let acknowledge = () => undefined as void;
  const acknowledged = new Promise<void>((resolve) => (acknowledge = resolve));
  const send = async (records: readonly OutputRecord[]) => {
    const ends = await b.producer.send(records);
    expect(ends).toEqual([{ topic: 'through', partition: 0, end: 3n }]);
    acknowledge();
    return ends;
  };
  let isSaid = false;
  const record = (value: string) => ({ topic: 'through', key: 'ours', value });
  const written = writeThrough({ send }, table)
    .send([record('1'), record('2')])
    .then(() => (isSaid = true));
  await acknowledged;
  await table.catchUp();
  expect(table.get('ours')).toBeUndefined();
  expect(isSaid).toBe(false);

  await open.commit();
  await written;
  expect(table.get('ours')?.toString()).toBe('2');
  const elsewhere = new CompactedTable(b.client, { topic: 'through' });
  await elsewhere.ready();
  expect(elsewhere.get('ours')?.toString()).toBe('2');
  await Promise.all([table.stop(), elsewhere.stop(), other.disconnect()]);
});

test('the opening of a second owner fences the first, whose commit writes nothing', async () => {
  const signal = new AbortController().signal;
  const options = { transactionalId: 'owner', partition: 0, transactionTimeoutMs: 10_000, signal };
  const record = (value: string) => ({ topic: 'fence', partition: 0, key: 'k', value });
  const first = await PartitionTransactions.open(b.client, options, [record('first opens')], () => 1_000_000);
  const second = await PartitionTransactions.open(
    b.client,
    options,
    [record('second opens')],
    () => 1_000_000,
  );
  await expect(first.commit([record('first commits')], () => 1_000_000)).rejects.toMatchObject({
    code: 'FENCED',
  });
  const written = await second.commit([record('second commits')], () => 1_000_000);
  expect(written.map(({ topic, partition }) => `${topic}/${partition}`)).toEqual(['fence/0']);
  const values = (await b.read(['fence']))
    .texts('fence')
    .flat()
    .map(({ value }) => value);
  expect(values).toEqual(['first opens', 'second opens', 'second commits']);
  await Promise.all([first.close(), second.close()]);
});
