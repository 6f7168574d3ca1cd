import fastify from 'fastify';
import { afterEach, expect, test } from 'vitest';
import { type Proxy, startProxy } from './proxy.js';

const open: { close(): Promise<unknown> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});

/** A service that says its name and what it was asked. */
async function service(name: string): Promise<string> {
  const server = fastify({ forceCloseConnections: true });
  server.all('/*', (request, reply) => {
    if (request.url.includes('events')) {
      reply.raw.writeHead(200, { 'content-type': 'text/event-stream' });
      reply.raw.write(`data: ${name}\n\n`);
      return reply.hijack();
    }
    return reply.send({ name, method: request.method, url: request.url, body: request.body ?? null });
  });
  open.push(server);
  return server.listen({ port: 0, host: '127.0.0.1' });
}

async function proxied(): Promise<Proxy> {
  const proxy = await startProxy(
    {
      ingest: await service('ingest'),
      trainer: await service('trainer'),
      predictor: await service('predictor'),
    },
    { host: '127.0.0.1', port: 0 },
  );
  open.push(proxy);
  return proxy;
}

test('a path reaches the service that owns it, with its method, query and body', async () => {
  const { url } = await proxied();
  const answer = await fetch(`${url}/v1/streams/weather/training-jobs?x=1`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"seed":3}',
  });
  expect(await answer.json()).toEqual({
    name: 'trainer',
    method: 'POST',
    url: '/v1/streams/weather/training-jobs?x=1',
    body: { seed: 3 },
  });
  expect(await (await fetch(`${url}/v1/streams`)).json()).toMatchObject({ name: 'ingest' });
  expect(await (await fetch(`${url}/`)).json()).toMatchObject({ name: 'predictor' });
});

test('server-sent events pass through as they come, before the answer ends', async () => {
  const { url } = await proxied();
  const answer = await fetch(`${url}/v1/forecasts/events`);
  const chunk = await answer.body?.getReader().read();
  expect(new TextDecoder().decode(chunk?.value as Uint8Array)).toBe('data: predictor\n\n');
});

test('a service that is away is said to be away, and the others answer on', async () => {
  const gone = fastify();
  const address = await gone.listen({ port: 0, host: '127.0.0.1' });
  await gone.close();
  const proxy = await startProxy(
    { ingest: await service('ingest'), trainer: address, predictor: await service('predictor') },
    { host: '127.0.0.1', port: 0 },
  );
  open.push(proxy);
  expect((await fetch(`${proxy.url}/board`)).status).toBeGreaterThanOrEqual(500);
  expect((await fetch(`${proxy.url}/v1/streams`)).status).toBe(200);
});
