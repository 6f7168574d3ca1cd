import { type AddressInfo, createServer, type Server } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { command, forgetKeys, redisVersion } from './ask-redis.js';

const open: Server[] = [];
afterEach(() => open.splice(0).forEach((server) => server.close()));

/** A Redis that answers each chunk with all of these. */
async function fakeRedis(answers: () => readonly string[]): Promise<{ url: string; heard: string[] }> {
  const heard: string[] = [];
  const server = createServer((socket) => {
    socket.on('data', (chunk) => {
      heard.push(chunk.toString());
      for (const answer of answers()) socket.write(answer);
    });
    socket.on('error', () => undefined);
  });
  open.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `127.0.0.1:${(server.address() as AddressInfo).port}`, heard };
}

test('the version comes with the user, the password and the database of the URL', async () => {
  const { url, heard } = await fakeRedis(() => [
    '+OK\r\n',
    '$40\r\n# Server\r\nredis_ver',
    'sion:7.0.15\r\nredis_git:0\r\n',
  ]);
  expect(await redisVersion(`redis://me:p%40ss@${url}/2`)).toBe('7.0.15');
  expect(heard.join('')).toContain(
    command('AUTH', 'me', 'p@ss') + command('SELECT', '2') + command('INFO', 'server'),
  );
});

test('a refusal is told in the words of Redis', async () => {
  const { url } = await fakeRedis(() => ['-NOAUTH Authentication required.\r\n']);
  await expect(redisVersion(`redis://${url}`)).rejects.toThrow('NOAUTH Authentication required.');
});

test('keys are forgotten by a prefix of ours only, a piece a question until the cursor is back', async () => {
  const pieces = ['$4\r\n17 3\r\n', '$3\r\n9 0\r\n', '$3\r\n0 2\r\n'];
  const { url, heard } = await fakeRedis(() => pieces.splice(0, 1));
  expect(await forgetKeys(`redis://${url}`, 'demo-1a2b3c4d.')).toBe(5);
  expect(heard.map((text) => text.trimEnd().split('\r\n').at(-1))).toEqual(['0', '17', '9']);
  expect(heard.every((text) => text.includes('demo-1a2b3c4d.*'))).toBe(true);
  for (const prefix of ['', '*', 'demo-*******'])
    await expect(forgetKeys(`redis://${url}`, prefix)).rejects.toThrow('is no prefix to delete by');
});

test('nobody there is an error, not a wait', async () => {
  await expect(redisVersion('redis://127.0.0.1:1')).rejects.toThrow(/ECONNREFUSED/);
});
