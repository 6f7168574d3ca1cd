import { once } from 'node:events';
import { createServer, type AddressInfo, type Server } from 'node:net';
import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { freePorts } from './ports.js';
import { kafkaAnswers, listens, metadataRequest, readMetadata, redisAnswers } from './probes.js';

const HOST = '127.0.0.1';
const servers: Server[] = [];
afterEach(() => servers.splice(0).forEach((server) => server.close()));

/** A server that answers whatever it is sent with the same bytes. */
async function answering(answer: Buffer | string): Promise<number> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', () => socket.write(answer));
  });
  servers.push(server);
  server.listen(0, HOST);
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/** A Metadata answer of version 1 with this many brokers. */
function metadata(brokers: number, controller: number, rack: string | null = null): Buffer {
  const text = (value: string | null): Buffer => {
    const length = Buffer.alloc(2);
    length.writeInt16BE(value === null ? -1 : value.length);
    return Buffer.concat([length, Buffer.from(value ?? '')]);
  };
  const int = (value: number): Buffer => {
    const bytes = Buffer.alloc(4);
    bytes.writeInt32BE(value);
    return bytes;
  };
  const list = Array.from({ length: brokers }, (_, id) => [
    int(id),
    text('host'),
    int(9092),
    text(rack),
  ]).flat();
  const body = Buffer.concat([int(7), int(brokers), ...list, int(controller), int(0)]);
  return Buffer.concat([int(body.length), body]);
}

describe('Kafka', () => {
  test.each([
    ['a broker with a controller answers', metadata(1, 1), true],
    ['so do three brokers with racks', metadata(3, 2, 'rack-a'), true],
    ['a broker that knows no controller is not ready', metadata(1, -1), false],
    ['no broker is not ready', metadata(0, 1), false],
    ['another protocol is no Kafka', 'HTTP/1.1 400 Bad Request\r\n\r\n', false],
    ['half an answer is no answer', metadata(1, 1).subarray(0, 12), false],
  ])('%s', async (_, answer, ready) => {
    expect(await kafkaAnswers(HOST, await answering(answer), 300)).toBe(ready);
  });

  test('the request says its own length', () => {
    const request = metadataRequest();
    expect(request.readInt32BE(0)).toBe(request.length - 4);
  });

  test('no bytes at all make the reader throw', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => void readMetadata(Buffer.from(bytes))),
    );
  });
});

describe('Redis', () => {
  test.each([
    ['+PONG is yes', '+PONG\r\n', true],
    ['LOADING is not yet', '-LOADING Redis is loading the dataset in memory\r\n', false],
    ['a password is wanted', '-NOAUTH Authentication required.\r\n', false],
  ])('%s', async (_, answer, ready) => {
    expect(await redisAnswers(HOST, await answering(answer), 300)).toBe(ready);
  });
});

test('a port that nobody listens on is no, at once and for every probe', async () => {
  const [port = 0] = await freePorts(1);
  expect(
    await Promise.all([kafkaAnswers(HOST, port), redisAnswers(HOST, port), listens(HOST, port)]),
  ).toEqual([false, false, false]);
});

test('free ports of one call all differ', async () => {
  const ports = await freePorts(20);
  expect(new Set(ports).size).toBe(20);
});
