import { once } from 'node:events';
import { createServer } from 'node:net';
import { afterEach, expect, test, vi } from 'vitest';
import { freePorts } from './ports.js';

afterEach(() => void vi.restoreAllMocks());

test('ports of one call differ, are free, and are none of those that outgoing connections get', async () => {
  const ports = await freePorts(50);
  expect(new Set(ports).size).toBe(50);
  for (const port of ports) {
    expect(port).toBeLessThan(32_768);
    const server = createServer().listen(port, '127.0.0.1');
    await once(server, 'listening');
    server.close();
  }
});

test('a port that is taken is passed over', async () => {
  const [taken = 0, free = 0] = await freePorts(2);
  const server = createServer().listen(taken, '127.0.0.1');
  await once(server, 'listening');
  const draws = [taken, taken, free];
  vi.spyOn(Math, 'random').mockImplementation(() => ((draws.shift() ?? 0) - 16_384 + 0.5) / 16_384);
  const found = await freePorts(1);
  server.close();
  expect(found).toEqual([free]);
});
