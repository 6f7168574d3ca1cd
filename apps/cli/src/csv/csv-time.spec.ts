import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isClock, readTime, timeForm, wallClockOf } from './csv-time.js';

const utc = wallClockOf('UTC');
const iso = (cell: string, zone = 'UTC') => {
  const time = readTime(cell, wallClockOf(zone));
  return time === null ? null : new Date(time).toISOString();
};

describe('a time', () => {
  test.each([
    ['2013-01-01T06:00:00Z', '2013-01-01T06:00:00.000Z'],
    ['2013-01-01T06:00:00.1259Z', '2013-01-01T06:00:00.125Z'],
    ['2013-01-01T06:00:00+02:00', '2013-01-01T04:00:00.000Z'],
    ['2013-01-01T06:00:00-0530', '2013-01-01T11:30:00.000Z'],
    ['2013-01-01 06:00:00 +02', '2013-01-01T04:00:00.000Z'],
    ['2013-01-01 06:00', '2013-01-01T06:00:00.000Z'],
    ['2013-01-01 6:05:07', '2013-01-01T06:05:07.000Z'],
    ['2013-01-01', '2013-01-01T00:00:00.000Z'],
    ['1357020000', '2013-01-01T06:00:00.000Z'],
    ['1357020000.25', '2013-01-01T06:00:00.250Z'],
    ['1357020000123', '2013-01-01T06:00:00.123Z'],
    ['2012-02-29', '2012-02-29T00:00:00.000Z'],
    ['2010/01/01 00:00', '2010-01-01T00:00:00.000Z'],
    ['2010/1/5', '2010-01-05T00:00:00.000Z'],
    ['05.01.2013 6:00', '2013-01-05T06:00:00.000Z'],
    ['2013-01-01 12:05 AM', '2013-01-01T00:05:00.000Z'],
    ['2013-01-01 12:05:01 pm', '2013-01-01T12:05:01.000Z'],
    ['2013-01-01 1:05PM', '2013-01-01T13:05:00.000Z'],
  ])('%s is %s', (cell, expected) => {
    expect(iso(cell)).toBe(expected);
  });

  test.each([
    '',
    'noon',
    '2013-02-29',
    '2013-13-01',
    '2013-01-01 24:00',
    '2013-01-01 06:61',
    '12',
    '01/02/2013',
    '2013-01-01T',
    '2013-01/01',
    '2013-01-01 13:00 PM',
    '2013-01-01 0:30 AM',
    '31.02.2013',
    '0001-01-01T00:00:00Z',
    '31.12.0013',
    '06:00',
  ])('"%s" is none', (cell) => {
    expect(iso(cell)).toBeNull();
  });

  test('without an offset is the wall clock of the zone, in winter and in summer', () => {
    expect(iso('2013-01-01 06:00', 'America/New_York')).toBe('2013-01-01T11:00:00.000Z');
    expect(iso('2013-07-01 06:00', 'America/New_York')).toBe('2013-07-01T10:00:00.000Z');
    expect(iso('2013-07-01 06:00', 'Asia/Kathmandu')).toBe('2013-07-01T00:15:00.000Z');
    expect(iso('2013-07-01T06:00:00Z', 'Asia/Kathmandu')).toBe('2013-07-01T06:00:00.000Z');
    const zoneless = ['2013-07-01 06:00', '2013-07-01T06:00Z', '1357020000'].map(
      (cell) => timeForm(cell)?.zoneless ?? false,
    );
    expect(zoneless).toEqual([true, false, false]);
  });

  test('that ends in its year is what the caller says comes first, and no time where nobody says', () => {
    const read = (cell: string, order: 'day' | 'month' | null) => {
      const time = readTime(cell, utc, order);
      return time === null ? null : new Date(time).toISOString().slice(0, 10);
    };
    expect(read('05/04/2013', 'day')).toBe('2013-04-05');
    expect(read('05/04/2013', 'month')).toBe('2013-05-04');
    expect(read('05/04/2013', null)).toBeNull();
    expect([read('13/04/2013', 'month'), read('04/13/2013', 'day')]).toEqual([null, null]);
    expect(read('05.04.2013', 'month')).toBe('2013-04-05');
  });

  test('of day is told from a date and from a whole time', () => {
    const cells = ['06:00', '6:00:05 pm', '2013-01-01', '2013-01-01 06:00', '6', ''];
    expect(cells.map(isClock)).toEqual([true, true, false, false, false, false]);
    expect(cells.map((cell) => timeForm(cell)?.dateOnly)).toEqual([
      undefined,
      undefined,
      true,
      false,
      undefined,
      undefined,
    ]);
  });

  test.each([
    ['an hour that is repeated is the first', '2013-11-03 01:30', '2013-11-03T05:30:00.000Z'],
    ['the hour after it comes an hour later', '2013-11-03 02:00', '2013-11-03T07:00:00.000Z'],
    ['an hour that is skipped goes on by the old offset', '2013-03-10 02:30', '2013-03-10T07:30:00.000Z'],
    ['the hour before it is winter', '2013-03-10 01:59', '2013-03-10T06:59:00.000Z'],
    ['the hour after it is summer', '2013-03-10 03:00', '2013-03-10T07:00:00.000Z'],
  ])('%s', (_, cell, expected) => {
    expect(iso(cell, 'America/New_York')).toBe(expected);
  });

  test('that a zone writes is read back, wherever its clock is not set back', () => {
    const zones = [
      'Europe/Berlin',
      'America/New_York',
      'Australia/Lord_Howe',
      'Asia/Kathmandu',
      'America/Sao_Paulo',
    ];
    fc.assert(
      fc.property(
        fc.constantFrom(...zones),
        fc.integer({ min: Date.UTC(1990, 0), max: Date.UTC(2030, 0) }),
        (zone, ms) => {
          const time = Math.floor(ms / 1_000) * 1_000;
          const wall = new Date(time).toLocaleString('sv-SE', { timeZone: zone });
          const back = readTime(wall, wallClockOf(zone)) ?? 0;
          // The second of two equal readings of a clock is taken for the first, at most an hour before.
          expect([0, 1_800_000, 3_600_000]).toContain(time - back);
          expect(new Date(back).toLocaleString('sv-SE', { timeZone: zone })).toBe(wall);
        },
      ),
    );
  });

  test('in a zone that does not exist is refused with an example', () => {
    expect(() => wallClockOf('Mars/Base')).toThrow(
      /"Mars\/Base" is no time zone: write one like Europe\/Berlin/,
    );
    expect(utc(7)).toBe(7);
  });
});
