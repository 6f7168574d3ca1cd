import { expect, test } from 'vitest';
import { RollcastError } from '#contracts';
import { DEFAULT_MESSAGE_BYTES, MessageLimits } from './message-limits.js';

const limitsOf = (answer: () => Promise<Map<string, string>>) => new MessageLimits({ topicConfigs: answer });

test('a topic is asked once, until its limit is forgotten', async () => {
  let asked = 0;
  const limits = limitsOf(() => Promise.resolve(new Map([['max.message.bytes', String(1_000 + ++asked)]])));
  expect((await limits.load(['a', 'a']))('a')).toBe(1_001);
  expect((await limits.load(['a', 'b']))('b')).toBe(1_002);
  expect(asked).toBe(2);
  limits.forget();
  expect((await limits.load(['a']))('a')).toBe(1_003);
});

test('where the configuration may not be read, the default of Kafka counts', async () => {
  const refused = new RollcastError('BROKER_UNAVAILABLE', { problem: 'Topic authorization failed' });
  const limits = limitsOf(() => Promise.reject(refused));
  expect((await limits.load(['a']))('a')).toBe(DEFAULT_MESSAGE_BYTES);
});

test('an outage is not taken for an answer', async () => {
  const away = new RollcastError('BROKER_UNAVAILABLE', { problem: 'connection closed' });
  await expect(limitsOf(() => Promise.reject(away)).load(['a'])).rejects.toBe(away);
});
