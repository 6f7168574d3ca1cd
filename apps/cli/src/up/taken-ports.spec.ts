import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { freePorts } from '#local';
import { portsOfUp } from '../ports.js';
import { mustBeFree } from './taken-ports.js';

let somebody: Server;
let taken = 0;
beforeEach(async () => {
  somebody = createServer().listen(0, '127.0.0.1');
  await once(somebody, 'listening');
  taken = (somebody.address() as AddressInfo).port;
});
afterEach(() => void somebody.close());

const forever = new AbortController().signal;
const of = (port: number, owner: string) => ({ port, owner, wayOut: `do without ${owner}` });

test('each taken port is refused in a line of its own, with its way out; a free one is not', async () => {
  const [free = 0] = await freePorts(1);
  const asked = mustBeFree([of(taken, 'Kafka'), of(free, 'Redis'), of(taken, 'the trainer')], 0, forever);
  await expect(asked).rejects.toThrow(
    `ports are taken, nothing was started:\n  ${taken}, of Kafka: do without Kafka\n  ${taken}, of the trainer: do without the trainer`,
  );
  await mustBeFree([of(free, 'Redis')], 0, forever);
});

test('with patience a port may become free', async () => {
  const asked = mustBeFree([of(taken, 'Kafka')], 20_000, forever);
  somebody.close();
  await asked;
});

test('Ctrl-C ends the patience', async () => {
  const interrupted = AbortSignal.abort(new Error('interrupted'));
  await expect(mustBeFree([of(taken, 'Kafka')], 20_000, interrupted)).rejects.toThrow('interrupted');
});

test('every port of up has a way out, and its own option or variable where there is one', () => {
  const found = portsOfUp({ kafka: false, redis: false }, 4000).map(
    ({ port, wayOut }) => `${port}: ${wayOut}`,
  );
  expect(found).toEqual([
    '4000: --port takes another',
    '3001: end what listens there',
    '3002: end what listens there',
    '3003: end what listens there',
    '9092: end what listens there, or name a Kafka that runs with KAFKA_BROKERS',
    '9093: end what listens there, or name a Kafka that runs with KAFKA_BROKERS',
    '6379: end what listens there, or name a Redis that runs with REDIS_URL',
  ]);
});
