import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fastify from 'fastify';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { registerPage } from './page.js';

let folder: string;
beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'rollcast-page-'))));
afterEach(() => rm(folder, { recursive: true }));

test('the page is served at the root, with a policy that lets in nothing of others and nothing inline', async () => {
  await writeFile(join(folder, 'index.html'), '<p>the page</p>');
  const server = fastify();
  expect(await registerPage(server, folder)).toBe(true);
  for (const url of ['/', '/index.html']) {
    const answer = await server.inject({ url });
    expect(answer.body).toBe('<p>the page</p>');
    const policy = String(answer.headers['content-security-policy']);
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toMatch(/unsafe|https?:|\*/);
  }
  await server.close();
});

test('without a built page there is none, and no failure', async () => {
  const server = fastify();
  expect(await registerPage(server, folder)).toBe(false);
  await server.close();
});
