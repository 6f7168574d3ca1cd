/** @file What to do where nothing is there yet: how to define a stream and how to publish the first reading. */
import { type Reading, type StreamDefinitionInput, type StreamView } from '#contracts';
import { element } from './elements.js';

export interface Step {
  readonly heading: string;
  /** For a shell. */
  readonly command: string;
}

/** What is to be typed.
 *  @param base the base URL of this system, ending with a slash
 *  @param stream null: none is defined
 *  @param now ms; the example reading is of now */
export function stepsToTake(base: string, stream: StreamView | null, now: number): Step[] {
  const name = stream?.definition.stream ?? 'weather';
  const { name: channel, min, max } = stream?.definition.channels[0] ?? { name: 'temperature' };
  const plausible = Math.min(max ?? Infinity, Math.max(min ?? -Infinity, 21.5));
  const definition: StreamDefinitionInput = {
    frequency: '1m',
    channels: [{ name: channel, unit: '°C', decimals: 2 }],
  };
  const reading: Reading = {
    stream: name,
    series: 'station-1',
    time: new Date(now).toISOString().replace(/\.\d+Z$/, 'Z'),
    values: { [channel]: plausible },
  };
  const url = base.replace(/\/$/, '');
  const create = stream === null ? ' --create' : '';
  const steps = [
    { heading: 'Define a stream', command: curl('PUT', `${url}/v1/streams/${name}`, definition) },
    { heading: 'Publish a reading', command: curl('POST', `${url}/v1/streams/${name}/readings`, [reading]) },
    {
      heading: 'Or replay a file of yours',
      command: `npx rollcast replay FILE.csv --stream ${name}${create} --url ${url}`,
    },
  ];
  return stream === null ? steps : steps.slice(1);
}

/** The same as part of the page. */
export function firstSteps(base: string, stream: StreamView | null, now: number): HTMLElement {
  return element(
    'section',
    { class: 'first-steps', 'data-testid': 'first-steps' },
    element(
      'h2',
      {},
      stream === null ? 'No stream is defined yet' : `${stream.definition.stream}: no series yet`,
    ),
    element(
      'p',
      {},
      stream === null
        ? 'A stream says which channels its sensors have and how often. Define one, then publish its first reading.'
        : 'The stream is defined. A series begins with its first reading.',
    ),
    ...stepsToTake(base, stream, now).map(({ heading, command }) =>
      element('div', {}, element('h3', {}, heading), element('pre', {}, element('code', {}, command))),
    ),
    element(
      'p',
      { class: 'about' },
      'A step closes when a later reading of the same series arrives; the first forecast follows the first closed step. ' +
        'This page shows it by itself.',
    ),
  );
}

function curl(method: string, url: string, body: unknown): string {
  return (
    `curl -X ${method} '${url}' \\\n  -H 'content-type: application/json' \\\n` +
    `  -d '${JSON.stringify(body).replaceAll("'", String.raw`'\''`)}'`
  );
}
