import { expect, test } from 'vitest';
import { RollcastError } from '#contracts';
import { Troubles } from './troubles.js';

const problem = (text: string) => new RollcastError('BROKER_UNAVAILABLE', { problem: text });

test('a thing is well again when the last of its sources is, and only changes are told', () => {
  const told: (RollcastError | null)[] = [];
  const troubles = new Troubles((now) => told.push(now));
  const [consumer, question] = [{}, {}];
  const [down, timedOut, timedOutAgain] = [problem('down'), problem('timed out'), problem('timed out again')];

  troubles.end(consumer);
  expect(told).toEqual([]);

  troubles.begin(question, timedOut);
  troubles.begin(consumer, down);
  troubles.begin(question, timedOutAgain);
  troubles.end(consumer);
  expect(told).toEqual([timedOut, down, timedOutAgain]);

  troubles.end(question);
  troubles.end(question);
  expect(told).toEqual([timedOut, down, timedOutAgain, null]);
});

test('an older trouble that lasts is the word again when the newer one has ended', () => {
  const told: (RollcastError | null)[] = [];
  const troubles = new Troubles((now) => told.push(now));
  const [older, newer] = [problem('older'), problem('newer')];
  const [a, b] = [{}, {}];
  troubles.begin(a, older);
  troubles.begin(b, newer);
  troubles.end(b);
  expect(told).toEqual([older, newer, older]);
});
