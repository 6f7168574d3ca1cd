/** @file What to do where nothing is there yet: how to define a stream and how to publish the first reading. */
import { type StreamView } from '#contracts';
import { element } from './elements.js';

/** @param base the base URL of this system, ending with a slash
 *  @param stream null: none is defined
 *  @param now ms; the example reading is of now */
export function firstSteps(base: string, stream: StreamView | null, now: number): HTMLElement {
  const name = stream?.definition.stream ?? 'weather';
  const channel = stream?.definition.channels[0]?.name ?? 'temperature';
  const reading = [
    {
      stream: name,
      series: 'station-1',
      time: new Date(now).toISOString().replace(/\.\d+Z$/, 'Z'),
      values: { [channel]: 21.5 },
    },
  ];
  const definition = { frequency: '1m', channels: [{ name: channel, unit: '°C', decimals: 2 }] };
  return element(
    'section',
    { class: 'first-steps', 'data-testid': 'first-steps' },
    element('h2', {}, stream === null ? 'No stream is defined yet' : `${name}: no series yet`),
    element(
      'p',
      {},
      stream === null
        ? 'A stream says which channels its sensors have and how often. Define one, then publish its first reading.'
        : 'The stream is defined. A series begins with its first reading.',
    ),
    stream === null ? step('Define a stream', curl('PUT', `${base}v1/streams/${name}`, definition)) : null,
    step(
      'Publish a reading',
      curl('POST', `${base}v1/streams/${encodeURIComponent(name)}/readings`, reading),
    ),
    step(
      'Or replay a file of yours',
      `npx rollcast replay FILE.csv --stream ${name}${stream === null ? ' --create' : ''}`,
    ),
    element(
      'p',
      { class: 'about' },
      'A step closes when a later reading of the same series arrives; the first forecast follows the first closed step. ' +
        'This page shows it by itself.',
    ),
  );
}

function step(heading: string, command: string): HTMLElement {
  return element('div', {}, element('h3', {}, heading), element('pre', {}, element('code', {}, command)));
}

function curl(method: string, url: string, body: unknown): string {
  return (
    `curl -X ${method} '${url}' \\\n  -H 'content-type: application/json' \\\n` +
    `  -d '${JSON.stringify(body).replaceAll("'", String.raw`'\''`)}'`
  );
}
