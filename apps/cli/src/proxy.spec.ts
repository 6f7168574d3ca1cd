import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { json } from 'node:stream/consumers';
import { ErrorView, SeriesName } from '#contracts';
import fastify from 'fastify';
import { afterEach, expect, test } from 'vitest';
import { type Proxy, startProxy } from './proxy.js';

const open: { close(): Promise<unknown> }[] = [];
let busy = 0;
afterEach(async () => {
  busy = 0;
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
    const { method, url, body = null, headers } = request;
    if (url.includes('busy'))
      return reply.status(503).send({ code: 'BROKER_UNAVAILABLE', message: `${++busy}` });
    return reply.send({ name, method, url, body, askedFor: headers['x-forwarded-host'] });
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
    askedFor: new URL(url).host,
  });
  expect(await (await fetch(`${url}/v1/streams`)).json()).toMatchObject({ name: 'ingest' });
  expect(await (await fetch(`${url}/`)).json()).toMatchObject({ name: 'predictor' });
});

test('whatever a series may be called, it can be asked for', async () => {
  const { url } = await proxied();
  for (const series of ['a..b', '.a', 'a.', 'a/./b', '%2e%2e', 'x/%2e./y', '?#', 'a//b', 'a\\b', 'Öl 🛢']) {
    expect(SeriesName.parse(series)).toBe(series);
    const path = `/v1/streams/s/series/${encodeURIComponent(series)}/forecast`;
    expect(await (await fetch(`${url}${path}`)).json()).toMatchObject({ name: 'predictor', url: path });
  }
});

test('an answer of 503 is passed on as it is, and the service is not asked again', async () => {
  const { url } = await proxied();
  const answer = await fetch(`${url}/v1/streams/busy/series`);
  expect(answer.status).toBe(503);
  expect(await answer.json()).toEqual({ code: 'BROKER_UNAVAILABLE', message: '1' });
});

test('server-sent events pass through as they come, before the answer ends', async () => {
  const { url } = await proxied();
  const answer = await fetch(`${url}/v1/forecasts/events`);
  const chunk = await answer.body?.getReader().read();
  expect(new TextDecoder().decode(chunk?.value as Uint8Array)).toBe('data: predictor\n\n');
});

test('a service that is away is said to be away by its name, and the others answer on', async () => {
  const gone = fastify();
  const address = await gone.listen({ port: 0, host: '127.0.0.1' });
  await gone.close();
  const proxy = await startProxy(
    { ingest: await service('ingest'), trainer: address, predictor: await service('predictor') },
    { host: '127.0.0.1', port: 0 },
  );
  open.push(proxy);
  const answer = await fetch(`${proxy.url}/board`);
  expect(answer.status).toBe(503);
  expect(await answer.json()).toEqual({
    code: 'SERVICE_UNAVAILABLE',
    message: `the service trainer does not answer: connect ECONNREFUSED ${new URL(address).host}`,
  });
  expect((await fetch(`${proxy.url}/v1/streams`)).status).toBe(200);
});

/** As `fetch` would not send it. @returns status and body */
async function asked(
  url: string,
  { path = '/', method = 'GET', headers = {} }: { path?: string; method?: string; headers?: object },
): Promise<[number | undefined, unknown]> {
  const { hostname, port } = new URL(url);
  const sent = request({ hostname, port, path, method, headers: { ...headers } }).end();
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  return [answer.statusCode, await json(answer)];
}

test.each([
  ['a path that leaves its place', { path: '/v1/..%2f..%2fmetrics' }, 400, 'INVALID_REQUEST'],
  ['what is no URL', { path: '/v1/streams/%zz' }, 400, 'INVALID_REQUEST'],
  ['a method that nobody knows', { method: 'LINK' }, 404, 'INVALID_REQUEST'],
  [
    'a write of another site',
    { method: 'POST', headers: { 'sec-fetch-site': 'cross-site' } },
    403,
    'FOREIGN_REQUEST',
  ],
  ['a host that was pointed here', { headers: { host: 'evil.example' } }, 403, 'FOREIGN_REQUEST'],
] as const)('%s is answered in the shape of every error', async (_, ask, status, code) => {
  const { url } = await proxied();
  const [answered, body] = await asked(url, ask);
  expect([answered, ErrorView.parse(body).code]).toEqual([status, code]);
});

test('a service is told which host was asked for', async () => {
  const { url } = await proxied();
  const [, body] = await asked(url, { headers: { host: 'localhost:7' } });
  expect(body).toMatchObject({ name: 'predictor', askedFor: 'localhost:7' });
});
