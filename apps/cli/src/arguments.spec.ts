import { InvalidArgumentError } from 'commander';
import { describe, expect, test } from 'vitest';
import { baseUrl, duration, names, port, speed, streamName } from './arguments.js';

describe('what people write is read', () => {
  test.each([
    [speed('max'), 'max'],
    [speed('3600'), 3600],
    [speed('0.5'), 0.5],
    [duration('5s'), '5s'],
    [names('station, sensor'), ['station', 'sensor']],
    [streamName('weather'), 'weather'],
    [port('3000'), 3000],
    [baseUrl('http://127.0.0.1:3000/'), 'http://127.0.0.1:3000'],
  ])('as %j', (found, expected) => expect(found).toEqual(expected));
});

describe('or refused with what to write instead', () => {
  test.each([
    [speed, '0', /above 0/],
    [speed, '-1', /above 0/],
    [speed, 'fast', /or max/],
    [speed, '', /or max/],
    [speed, 'Infinity', /or max/],
    [duration, '5', /5s, 15m/],
    [duration, '0s', /5s, 15m/],
    [names, 'a,,b', /separated by commas/],
    [streamName, 'a/b', /letters, digits/],
    [port, '0', /from 1 to 65535/],
    [port, '1e3', /whole number/],
    [baseUrl, 'localhost:3000', /http:\/\/127/],
  ])('%o of "%s"', (read: (text: string) => unknown, text, message) => {
    expect(() => read(text)).toThrow(InvalidArgumentError);
    expect(() => read(text)).toThrow(message);
  });
});
