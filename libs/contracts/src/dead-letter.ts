/** @file A dead letter: a message that could not be used. Topics `readings.dead`, `frames.dead`.
 *  Key and value are the original bytes, untouched; everything we add is in the headers. */
import { describeError, RollcastError, type ErrorCode } from './errors.js';

export const DEAD_LETTER_HEADERS = {
  reason: 'rollcast.reason',
  message: 'rollcast.message',
  topic: 'rollcast.topic',
  partition: 'rollcast.partition',
  offset: 'rollcast.offset',
} as const;

export interface DeadLetterOrigin {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
}

/** Headers of the dead letter of a record. A reason outside the registry is POISON: our code failed. */
export function deadLetterHeaders(origin: DeadLetterOrigin, error: unknown): Record<string, string> {
  const reason: ErrorCode = error instanceof RollcastError ? error.code : 'POISON';
  return {
    [DEAD_LETTER_HEADERS.reason]: reason,
    [DEAD_LETTER_HEADERS.message]: error instanceof RollcastError ? error.message : describeError(error),
    [DEAD_LETTER_HEADERS.topic]: origin.topic,
    [DEAD_LETTER_HEADERS.partition]: String(origin.partition),
    [DEAD_LETTER_HEADERS.offset]: String(origin.offset),
  };
}
