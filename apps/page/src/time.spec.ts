import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { axisLabels, clock, dayAndClock, duration, fullTime, wallTime } from './time.js';

const at = (iso: string) => Date.parse(iso);

describe('times', () => {
  test.each([
    ['2013-01-05T06:00:00.000Z', '06:00'],
    ['2013-01-05T06:00:05.000Z', '06:00:05'],
    ['2013-01-05T06:00:00.250Z', '06:00:00.250'],
  ])('the clock of %s is %s: no more digits than the time has', (iso, text) => {
    expect(clock(at(iso))).toBe(text);
  });

  test('a whole time says its zone', () => {
    expect(fullTime(at('2013-12-31T23:30:00Z'))).toBe('31 Dec 2013 23:30 UTC');
    expect(dayAndClock(at('2013-12-31T23:30:00Z'))).toBe('31 Dec 23:30');
  });

  test('a wall clock stops at seconds', () => {
    expect(wallTime(at('2026-11-24T11:36:20.060Z'))).toBe('24 Nov 2026 11:36:20 UTC');
  });

  test('no zone of the browser changes what is written', () => {
    const before = process.env['TZ'];
    const written = ['America/St_Johns', 'Asia/Kathmandu', 'UTC'].map((zone) => {
      process.env['TZ'] = zone;
      return fullTime(at('2013-07-01T00:15:00Z'));
    });
    if (before === undefined) delete process.env['TZ'];
    else process.env['TZ'] = before;
    expect(new Set(written)).toEqual(new Set(['1 Jul 2013 00:15 UTC']));
  });

  test('an axis names the day where it begins and the clock elsewhere', () => {
    const ticks = ['2013-01-04T18:00Z', '2013-01-05T00:00Z', '2013-01-05T06:00Z'].map(at);
    expect(axisLabels(ticks)).toEqual(['18:00', '5 Jan', '06:00']);
  });

  test('an axis of months names the year', () => {
    expect(axisLabels(['2013-01-01T00:00Z', '2013-04-01T00:00Z'].map(at))).toEqual(['Jan 2013', 'Apr 2013']);
  });
});

describe('durations', () => {
  test.each([
    [0, '0 s'],
    [59.4, '59 s'],
    [59.6, '1 min'],
    [200, '3 min 20 s'],
    [3_600, '1 h'],
    [3_900, '1 h 5 min'],
    [3 * 86_400, '3 days'],
  ])('%s seconds are %s', (seconds, text) => {
    expect(duration(seconds)).toBe(text);
  });

  test('never more than two units', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1e7, noNaN: true }), (seconds) => {
        expect(duration(seconds).split(' ').length).toBeLessThanOrEqual(4);
      }),
    );
  });
});
