import { describe, expect, test } from 'vitest';
import { Api, Problem } from './api.js';

const answering = (status: number, body: string) => {
  const asked: string[] = [];
  const api = new Api('http://host/prefix/index.html', async (url, init) => {
    asked.push(`${init?.method} ${new Request(url).url}`);
    return new Response(status === 204 ? null : body, { status });
  });
  return { api, asked };
};

describe('the API', () => {
  test('stays below the path of the page, and names from the wire cannot leave their place in it', async () => {
    const { api, asked } = answering(200, '{}');
    await api.recent('weather', 'a/../b?c');
    expect(asked).toEqual(['GET http://host/prefix/v1/streams/weather/series/a%2F..%2Fb%3Fc/recent']);
    expect(api.eventsUrl('weather', 'a&b')).toBe(
      'http://host/prefix/v1/forecasts/events?stream=weather&series=a%26b',
    );
  });

  test('a refusal keeps its code and its message', async () => {
    const { api } = answering(409, '{"code":"INSUFFICIENT_HISTORY","message":"10 of the 500 frames"}');
    const problem = await api.train('weather').catch((error: unknown) => error);
    expect(problem).toBeInstanceOf(Problem);
    expect(problem).toMatchObject({ status: 409, code: 'INSUFFICIENT_HISTORY' });
    expect(String(problem)).toContain('INSUFFICIENT_HISTORY: 10 of the 500 frames');
  });

  test('an answer of something else, a proxy say, is a problem with its status', async () => {
    const { api } = answering(502, '<html>bad gateway</html>');
    await expect(api.streams()).rejects.toMatchObject({ status: 502, code: 'HTTP_502' });
  });

  test('no answer at all is a problem too, and says so', async () => {
    const api = new Api('http://host/', () => Promise.reject(new TypeError('fetch failed')));
    await expect(api.streams()).rejects.toMatchObject({ status: 0, message: 'The service does not answer.' });
  });

  test('an empty body of success is no problem, a broken one is', async () => {
    await expect(answering(204, '').api.cancel('weather', '1')).resolves.toBeUndefined();
    await expect(answering(200, '[{').api.streams()).rejects.toMatchObject({ code: 'NOT_JSON' });
  });
});
