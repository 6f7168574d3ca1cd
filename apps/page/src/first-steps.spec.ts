import { expect, test } from 'vitest';
import { Reading, StreamDefinition, type StreamView } from '#contracts';
import { stepsToTake } from './first-steps.js';

const BASE = 'http://127.0.0.1:4711/';
const NOW = Date.UTC(2026, 0, 1);

/** What follows -d in a command. */
function sentBy(command = ''): unknown {
  return JSON.parse(/ -d '(.*)'$/s.exec(command)?.[1] ?? '');
}

function viewOf(channel: object): StreamView {
  const definition = StreamDefinition.parse({
    stream: 'wells',
    frequency: '1m',
    channels: [{ name: 'depth', ...channel }, { name: 'flow' }],
  });
  return { definition, memoryPerSeriesBytes: 1, firstForecastAfterFrames: 1, trainingNeedsSteps: 1 };
}

test('where nothing is defined, what is to be typed is a valid definition and a valid reading of it', () => {
  const [define, publish, replay] = stepsToTake(BASE, null, NOW);
  expect(define?.command).toContain(`curl -X PUT 'http://127.0.0.1:4711/v1/streams/weather'`);
  const { channels } = StreamDefinition.parse({ stream: 'weather', ...(sentBy(define?.command) as object) });
  const [reading] = sentBy(publish?.command) as unknown[];
  expect(Object.keys(Reading.parse(reading).values ?? {})).toEqual(channels.map(({ name }) => name));
  expect(replay?.command).toContain('--create');
});

test('the file is replayed to where this page came from', () => {
  expect(stepsToTake(BASE, null, NOW).at(-1)?.command).toContain('--url http://127.0.0.1:4711');
});

test.each([
  [{}, 21.5],
  [{ min: 40 }, 40],
  [{ max: 10 }, 10],
  [{ min: 0, max: 100 }, 21.5],
])('where a stream is defined the reading is one of it, inside the range %j', (range, value) => {
  const [publish, replay, ...more] = stepsToTake(BASE, viewOf(range), NOW);
  expect(more).toEqual([]);
  expect(publish?.command).toContain('/v1/streams/wells/readings');
  expect(sentBy(publish?.command)).toEqual([
    { stream: 'wells', series: 'station-1', time: '2026-01-01T00:00:00Z', values: { depth: value } },
  ]);
  expect(replay?.command).not.toContain('--create');
});
