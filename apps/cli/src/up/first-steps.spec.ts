import { expect, test } from 'vitest';
import { Reading, StreamDefinition } from '#contracts';
import { firstSteps } from './first-steps.js';

const steps = firstSteps({ url: 'http://127.0.0.1:3000', brokers: ['127.0.0.1:9092'], prefix: 'team.' }).join(
  '\n',
);
const quoted = [...steps.matchAll(/'([[{].*?)'/g)].map(([, json = '']) => JSON.parse(json) as unknown);

test('what is to be copied is a valid definition and a valid reading of it', () => {
  const [definition, [reading], same] = quoted as [object, [unknown], unknown];
  const { channels } = StreamDefinition.parse({ stream: 'room', ...definition });
  const { values } = Reading.parse(reading);
  expect(Object.keys(values ?? {})).toEqual(channels.map(({ name }) => name));
  expect(same).toEqual(reading);
});

test('the topics stand there as they are called on this cluster', () => {
  expect(steps).toContain('-t team.readings');
  expect(steps).toContain('-t team.forecasts');
  expect(steps).not.toContain('--url');
});
