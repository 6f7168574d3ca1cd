import { afterEach, expect, test, vi } from 'vitest';

afterEach(() => {
  vi.doUnmock('./aborted-transactions.js');
  vi.resetModules();
});

test('kafkajs is handed out behind our filter of aborted records', async () => {
  const { kafkajs } = await import('./kafkajs.js');
  expect(typeof kafkajs.Kafka).toBe('function');
});

test('and not at all where its filter could not be replaced', async () => {
  vi.resetModules();
  vi.doMock('./aborted-transactions.js', () => ({ replaceFilter: () => false }));
  await expect(import('./kafkajs.js')).rejects.toThrow(/loaded before its filter/);
});
