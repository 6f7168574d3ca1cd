import fastify from 'fastify';
import { expect, test } from 'vitest';
import { foreignness, refuseForeignRequests } from './foreign-requests.js';

const HERE = '127.0.0.1';
const EVERYWHERE = '0.0.0.0';
type Headers = Record<string, string>;

test.each<[string, Headers]>([
  ['of a client that is no browser', { host: 'forecasts.example:3000' }],
  ['of our own page', { host: 'forecasts.example:3000', 'sec-fetch-site': 'same-origin' }],
  ['typed into the address bar', { host: 'forecasts.example:3000', 'sec-fetch-site': 'none' }],
  [
    'of our own page behind a proxy that names another host',
    { host: '10.0.0.7:3001', origin: 'https://forecasts.example', 'sec-fetch-site': 'same-origin' },
  ],
  ['of an old browser', { host: 'forecasts.example:3000', origin: 'http://forecasts.example:3000' }],
  [
    'of an old browser through a proxy',
    { host: '10.0.0.7:3001', origin: 'https://forecasts.example', 'x-forwarded-host': 'forecasts.example' },
  ],
])('a write %s passes', (_, headers) => {
  expect(foreignness({ method: 'POST', headers }, EVERYWHERE)).toBeNull();
});

test.each<[string, Headers, RegExp]>([
  ['another site', { host: 'a.example', 'sec-fetch-site': 'cross-site' }, /cross-site/],
  ['another port of this machine', { host: '127.0.0.1:3000', 'sec-fetch-site': 'same-site' }, /same-site/],
  ['another origin, in an old browser', { host: 'a.example', origin: 'https://b.example' }, /b\.example/],
  ['a page without an origin', { host: 'a.example', origin: 'null' }, /null/],
  [
    'another site that says it is ours by Origin',
    { host: 'a.example', origin: 'http://a.example', 'sec-fetch-site': 'cross-site' },
    /cross-site/,
  ],
])('a write that a page of %s makes is refused, a read is not', (_, headers, problem) => {
  for (const method of ['POST', 'PUT', 'DELETE', 'PATCH']) {
    expect(foreignness({ method, headers }, EVERYWHERE)).toMatch(problem);
  }
  expect(foreignness({ method: 'GET', headers }, EVERYWHERE)).toBeNull();
});

test.each(['127.0.0.1:3000', 'localhost', 'LOCALHOST:3000', 'rollcast.localhost:3000', '[::1]:3000'])(
  'Host %s is this machine',
  (host) => {
    for (const listensOn of [HERE, 'localhost', '::1']) {
      expect(foreignness({ method: 'POST', headers: { host } }, listensOn)).toBeNull();
    }
  },
);

test.each(['evil.example', 'localhost.evil.example:3000', '127.0.0.1.evil.example', '10.0.0.7', 'a b'])(
  'Host %s is refused, reads too, while only this machine is listened to',
  (host) => {
    for (const listensOn of [HERE, 'localhost', '::1']) {
      expect(foreignness({ method: 'GET', headers: { host } }, listensOn)).toMatch(/no name of this machine/);
    }
    for (const listensOn of [EVERYWHERE, '::', '10.0.0.7']) {
      expect(foreignness({ method: 'POST', headers: { host } }, listensOn)).toBeNull();
    }
  },
);

test('a server that is guarded runs no handler for a foreign request', async () => {
  const server = fastify();
  let runs = 0;
  refuseForeignRequests(server, HERE);
  server.post('/x', () => `run ${(runs += 1)}`);
  const post = (headers: Headers) => server.inject({ method: 'POST', url: '/x', headers });
  expect((await post({ 'sec-fetch-site': 'cross-site' })).statusCode).toBe(403);
  expect((await post({ host: 'evil.example' })).json()).toMatchObject({ code: 'FOREIGN_REQUEST' });
  expect(runs).toBe(0);
  expect((await post({})).body).toBe('run 1');
  await server.close();
});
