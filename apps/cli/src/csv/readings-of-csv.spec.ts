import { afterAll, describe, expect, test } from 'vitest';
import { openCsv } from './csv-file.js';
import { readTime } from './csv-time.js';
import { readingsOfCsv } from './readings-of-csv.js';
import { all, csvFolder } from './testing/written-csv.js';

const write = csvFolder(afterAll);

describe('readings of a file', () => {
  const layout = {
    stream: 's',
    time: { columns: [0], read: (text: string) => readTime(text, (wall) => wall) },
    series: [1],
    channels: [{ name: 'x', column: 2, textIsMissing: false }],
  };
  test.each([
    ['without a time', 'time,site,x\n2026-01-01,a,1\n,a,1\n', /line 3, column time: "" is no time/],
    [
      'without a series',
      'time,site,x\n2026-01-01,,1\n',
      /line 2, column site: the name of the series is empty/,
    ],
    [
      'with a text for a number',
      'time,site,x\n2026-01-01,a,1..2\n',
      /line 2, column x: "1..2" is not a number/,
    ],
    [
      'of a time that no reading may have',
      'time,site,x\n2026-01-01,a,1\n2999-01-01,a,1\n',
      /line 3, column time: "2999-01-01" lies outside of the years 1900 to 2200/,
    ],
    [
      'of a series whose name is too long',
      `time,site,x\n2026-01-01,a,1\n2026-01-01,${'n'.repeat(201)},1\n`,
      /line 3, column site: the name of the series, "n+\.\.\.": must have at most 200 characters$/,
    ],
    [
      'of a series whose name holds a line break',
      'time,site,x\n2026-01-01,"a\nb",1\n',
      /line 3, column site: the name of the series, "a\\nb": .*no control characters$/,
    ],
  ])('stop at a row %s', async (_, text, message) => {
    const file = await openCsv(write(text));
    await expect(all(readingsOfCsv(file, layout))).rejects.toThrow(message);
  });
});
