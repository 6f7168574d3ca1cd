/** @file Whatever kafkajs throws, as one of our errors with a fate.
 *
 *  Law: total. An error that is not recognised is an outage when it came out of the client (kafkajs throws
 *  TypeErrors of its own when a connection dies under it) and our bug otherwise, a slip of ours in a callback included:
 *  to wait that out would be for ever. It asks the whole chain of causes: kafkajs wraps the broker's answer, often as
 *  "non-retriable", whatever the broker said. */
import { describeError, type ErrorCode, RollcastError } from '#contracts';

/** Where the error happened, for the message. */
export interface ErrorPlace {
  readonly topic?: string;
  readonly partition?: number;
}

interface ErrorLike {
  readonly name?: unknown;
  readonly message?: unknown;
  readonly type?: unknown;
  readonly code?: unknown;
  readonly stack?: unknown;
  readonly cause?: unknown;
  readonly originalError?: unknown;
}

/** The broker's answers (names of the protocol) that are no plain outage. */
const BY_TYPE: Readonly<Record<string, ErrorCode>> = {
  INVALID_PRODUCER_EPOCH: 'FENCED',
  PRODUCER_FENCED: 'FENCED',
  INVALID_PRODUCER_ID_MAPPING: 'FENCED',
  TRANSACTION_COORDINATOR_FENCED: 'FENCED',
  UNKNOWN_TOPIC_OR_PARTITION: 'TOPIC_MISSING',
  INVALID_TOPIC_EXCEPTION: 'TOPIC_MISSING',
  MESSAGE_TOO_LARGE: 'TOO_LARGE',
  RECORD_LIST_TOO_LARGE: 'TOO_LARGE',
};

/** Numbers of protocol errors that kafkajs 2.2.4 does not know by name. */
const BY_CODE: Readonly<Record<number, string>> = { 90: 'PRODUCER_FENCED' };

function chainOf(error: unknown): ErrorLike[] {
  const chain: ErrorLike[] = [];
  const pending: unknown[] = [error];
  while (pending.length > 0 && chain.length < 10) {
    const next = pending.shift();
    if (typeof next !== 'object' || next === null || chain.includes(next)) continue;
    const link = next as ErrorLike;
    chain.push(link);
    pending.push(link.cause, link.originalError);
  }
  return chain;
}

function typeOf(link: ErrorLike): string | undefined {
  if (typeof link.type === 'string' && link.type in BY_TYPE) return link.type;
  return typeof link.code === 'number' ? BY_CODE[link.code] : undefined;
}

/** Errors of the language itself: a slip in somebody's code. */
const SLIPS: readonly unknown[] = ['TypeError', 'ReferenceError', 'RangeError'];

/** Did our own code slip, in a callback perhaps that kafkajs called? Where it happened is the first frame that is not
 *  the platform's; kafkajs' own slips are the way in which its dead connections show. */
function isOurSlip({ name, stack }: ErrorLike): boolean {
  if (!SLIPS.includes(name) || typeof stack !== 'string') return false;
  const frames = stack.split('\n').filter((line) => /^\s+at /.test(line));
  const place = frames.find((frame) => !/\bnode:|<anonymous>/.test(frame));
  return place === undefined || !OF_KAFKAJS.test(place);
}

const OF_KAFKAJS = /[\\/]kafkajs[\\/]/;

const comesFromClient = (link: ErrorLike): boolean =>
  (typeof link.name === 'string' && link.name.startsWith('KafkaJS')) ||
  typeof link.type === 'string' ||
  typeof link.code === 'string' ||
  (typeof link.stack === 'string' && OF_KAFKAJS.test(link.stack));

/** The names of kafkajs' own errors tell a person nothing that their message does not. */
const textOf = (error: unknown): string =>
  error instanceof Error && error.name.startsWith('KafkaJS') ? error.message : describeError(error);

/** One of our errors for anything that a call of kafkajs threw; ours come back as they are. */
export function classify(error: unknown, place: ErrorPlace = {}): RollcastError {
  if (error instanceof RollcastError) return error;
  const chain = chainOf(error);
  const ours = chain.find((link) => link instanceof RollcastError);
  if (ours instanceof RollcastError) return ours;
  const type = chain.map(typeOf).find((found) => found !== undefined);
  const code = type === undefined ? undefined : BY_TYPE[type];
  if (code !== undefined) {
    const details = { topic: '?', limit: 'the broker takes', bytes: '?', ...place, problem: textOf(error) };
    return new RollcastError(code, details, error);
  }
  const outage = chain.some(comesFromClient) && !chain.some(isOurSlip);
  return new RollcastError(
    outage ? 'BROKER_UNAVAILABLE' : 'INTERNAL',
    { problem: textOf(error), ...place },
    error,
  );
}

/** Whether waiting helps. */
export const isOutage = (error: unknown): boolean => classify(error).fate === 'retry';
