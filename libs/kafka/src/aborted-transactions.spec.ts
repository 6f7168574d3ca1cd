import { describe, expect, test } from 'vitest';
import { type FetchedRecord, replaceFilter, withoutAborted } from './aborted-transactions.js';
// Loads kafkajs, behind the filter.
import { KafkaClient } from './client.js';

const ABORT = Buffer.from([0, 0, 0, 0]);
const COMMIT = Buffer.from([0, 0, 0, 1]);

/** `A` a record of producer A in a transaction, `a` one outside, `A!` its abort marker, `A.` its commit. */
function log(text: string, from = 0): FetchedRecord[] {
  return text
    .split(' ')
    .map((word, offset) => ({
      offset: String(offset),
      key: word.endsWith('!') ? ABORT : word.endsWith('.') ? COMMIT : ABORT,
      isControlRecord: word.length === 2,
      batchContext: { producerId: word[0]?.toUpperCase(), inTransaction: word[0] === word[0]?.toUpperCase() },
    }))
    .slice(from);
}
const kept = (messages: FetchedRecord[], aborted: [producerId: string, firstOffset: number][]) =>
  withoutAborted({
    messages,
    abortedTransactions: aborted.map(([producerId, firstOffset]) => ({
      producerId,
      firstOffset: String(firstOffset),
    })),
  })
    .filter((one) => one.isControlRecord !== true)
    .map(({ offset }) => Number(offset));

describe('records of aborted transactions', () => {
  test('are left out up to the abort marker of their producer, and no others', () => {
    // offsets:            0 1 2 3 4  5  6 7
    expect(kept(log('A B A b A! B. A A.'), [['A', 0]])).toEqual([1, 3, 6]);
  });

  test('are left out whatever the order in which the broker names the transactions', () => {
    // B ended first, so the broker names it first, though it began later.
    for (const aborted of [
      [
        ['B', 1],
        ['A', 0],
      ],
      [
        ['A', 0],
        ['B', 1],
      ],
    ] as [string, number][][]) {
      expect(kept(log('A B A B! A A! C'), aborted)).toEqual([6]);
    }
  });

  test('are left out when the fetch begins in the middle of several', () => {
    expect(
      kept(log('A B C A B C A! B! C! D', 3), [
        ['A', 0],
        ['B', 1],
        ['C', 2],
      ]),
    ).toEqual([9]);
  });

  test('do not hide a later transaction of the same producer, nor a data key of four zero bytes', () => {
    expect(
      kept(log('A A! A A. A A!'), [
        ['A', 0],
        ['A', 4],
      ]),
    ).toEqual([2]);
    expect(kept(log('a b'), [['C', 0]])).toEqual([0, 1]);
  });
});

test('kafkajs uses this filter', () => {
  expect(KafkaClient).toBeDefined();
  expect(replaceFilter()).toBe(true);
});
