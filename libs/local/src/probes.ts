/** @file Does a server answer? Plain TCP in the servers' own protocols, no client library.
 *
 *  Law: a probe never throws and never waits longer than it was told; anything but the right answer is no. */
import { connect } from 'node:net';

/** Reads what has arrived so far: an answer, or undefined to go on reading. */
type Reader<T> = (received: Buffer) => T | undefined;

/** Sends a request and reads until the reader is content; undefined when nobody answers in time. */
function ask<T>(
  host: string,
  port: number,
  request: Buffer,
  read: Reader<T>,
  withinMs: number,
): Promise<T | undefined> {
  return new Promise((resolve) => {
    let received = Buffer.alloc(0);
    const socket = connect({ host, port });
    const finish = (answer: T | undefined): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(answer);
    };
    const timer = setTimeout(() => finish(undefined), withinMs);
    socket.on('connect', () => socket.write(request));
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
      const answer = read(received);
      if (answer !== undefined) finish(answer);
    });
    socket.on('error', () => finish(undefined));
    socket.on('close', () => finish(undefined));
  });
}

/** Does anything listen there? For servers that need TLS or a password before they say a word. */
export function listens(host: string, port: number, withinMs = 3_000): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: withinMs });
    const finish = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.on('connect', () => finish(true));
    socket.on('timeout', () => finish(false));
    socket.on('error', () => finish(false));
  });
}

/** Redis answers PING; while it loads its file it says LOADING, which is no. */
export async function redisAnswers(host: string, port: number, withinMs = 1_000): Promise<boolean> {
  const line: Reader<string> = (received) => {
    const end = received.indexOf('\r\n');
    return end < 0 ? undefined : received.toString('utf8', 0, end);
  };
  return (await ask(host, port, Buffer.from('PING\r\n'), line, withinMs)) === '+PONG';
}

const METADATA = { key: 3, version: 1 } as const;
const CORRELATION = 7;

/** Kafka answers Metadata (version 1, no topics) with at least one broker and a controller. */
export async function kafkaAnswers(host: string, port: number, withinMs = 1_000): Promise<boolean> {
  const answer = await ask(host, port, metadataRequest(), readMetadata, withinMs);
  return answer !== undefined && answer.brokers > 0 && answer.controller >= 0;
}

/** Length, api key, version, correlation, client id, and an empty array of topics (null would mean all). */
export function metadataRequest(): Buffer {
  const client = Buffer.from('rollcast-probe');
  const body = Buffer.alloc(2 + 2 + 4 + 2 + client.length + 4);
  body.writeInt16BE(METADATA.key, 0);
  body.writeInt16BE(METADATA.version, 2);
  body.writeInt32BE(CORRELATION, 4);
  body.writeInt16BE(client.length, 8);
  client.copy(body, 10);
  body.writeInt32BE(0, 10 + client.length);
  const length = Buffer.alloc(4);
  length.writeInt32BE(body.length, 0);
  return Buffer.concat([length, body]);
}

/** Counts the brokers of a whole Metadata answer; undefined while bytes are missing. A malformed one has none. */
export function readMetadata(received: Buffer): { brokers: number; controller: number } | undefined {
  if (received.length < 4 || received.length < 4 + received.readInt32BE(0)) return undefined;
  const nothing = { brokers: 0, controller: -1 };
  try {
    if (received.readInt32BE(4) !== CORRELATION) return nothing;
    const brokers = received.readInt32BE(8);
    let at = 12;
    for (let broker = 0; broker < brokers; broker += 1) {
      at += 4; // node id
      at += 2 + received.readInt16BE(at); // host
      at += 4; // port
      at += 2 + Math.max(0, received.readInt16BE(at)); // rack, null is -1
    }
    return { brokers, controller: received.readInt32BE(at) };
  } catch {
    return nothing;
  }
}
