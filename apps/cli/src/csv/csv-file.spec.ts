import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import { openCsv } from './csv-file.js';
import { decimalsOf, isMissing, readNumber } from './csv-number.js';
import { all, csvFolder } from './testing/written-csv.js';

const write = csvFolder(afterAll);

describe('a CSV file', () => {
  test.each([
    ['with commas', 'time,a\n1,2\n', ','],
    ['with semicolons, also where a quoted name holds commas', 'time;"a,b,c"\n1;2\n', ';'],
    ['with tabs', 'time\ta\n1\t2\n', '\t'],
    ['of one column', 'time\n1\n', ','],
  ])('%s is read', async (_, text, delimiter) => {
    const file = await openCsv(write(text));
    expect(file.delimiter).toBe(delimiter);
    expect(file.columns[0]).toBe('time');
    expect((await all(file.rows()))[0]?.cells[0]).toBe('1');
  });

  test('with a byte order mark, Windows line ends, blank lines and quotes is read, twice over', async () => {
    const file = await openCsv(write('\uFEFF,"a ""b""" , c\r\n0,"x\ny", 1.5 \r\n\r\n1,,-\r\n'));
    expect(file.columns).toEqual(['column_1', 'a "b"', 'c']);
    const rows = await all(file.rows());
    expect(rows.map(({ cells }) => cells)).toEqual([
      ['0', 'x\ny', '1.5'],
      ['1', '', '-'],
    ]);
    expect(await all(file.rows())).toEqual(rows);
  });

  test('says on which line of the file a row ends', async () => {
    const rows = await all((await openCsv(write('a,b\n1,2\n\n3,4\n'))).rows());
    expect(rows.map(({ line }) => line)).toEqual([2, 4]);
  });

  test('that is compressed is read, whatever it is called', async () => {
    const file = await openCsv(write(gzipSync('a,b\n1,2\n')));
    expect(await all(file.rows())).toEqual([{ line: 2, cells: ['1', '2'] }]);
  });

  test('that is given up in the middle is let go', async () => {
    const file = await openCsv(write(`a\n${'1\n'.repeat(50_000)}`));
    for await (const { line } of file.rows()) if (line === 3) break;
    expect((await all(file.rows())).length).toBe(50_000);
  });

  test.each([
    ['empty', '', /line 1, column 1: the first line must name the columns; it is empty/],
    ['without a header', '1,2\n3,4\n', /line 1, column 1: .* it holds numbers/],
    ['with a name twice', 'a,b,a\n', /line 1, column 3: two columns are named "a"/],
    ['with a row too short', 'a,b\n1,2\n3\n', /line 3, column 2: the row has 1 cells, the header has 2/],
    ['with a row too long', 'a,b\n1,2,3\n', /line 2, column 3: the row has 3 cells, the header has 2/],
    ['with a reading for a header', '2025-01-01T00:00:00Z,20.0\n', /column 1: .* it holds the time "2025/],
    ['in UTF-16', Buffer.from('\uFEFFtime,temp\n', 'utf16le'), /the file is UTF-16: save it as UTF-8/],
    [
      'in UTF-16 without a mark',
      Buffer.from('time,temp\n', 'utf16le'),
      /the file is UTF-16: save it as UTF-8/,
    ],
    ['with a Latin-1 header', Buffer.from('time,Temp (°C)\n', 'latin1'), /line 1, column 2: .*not UTF-8/],
    ['with a Latin-1 cell', Buffer.from('a,b\n1,Köln\n', 'latin1'), /line 2, column 2: .*not UTF-8/],
    ['with a quote that does not end', 'a,b\n1,"2\n', /line \d+, column 2: .*[Qq]uote/],
    ['compressed and cut off', gzipSync('a,b\n1,2\n').subarray(0, 20), /damaged or cut off/],
  ])('%s is refused with its place', async (_, text, message) => {
    const reading = openCsv(write(text)).then((file) => all(file.rows()));
    await expect(reading).rejects.toMatchObject({ code: 'BAD_CSV' });
    await expect(reading).rejects.toThrow(message);
  });

  test('that is not there is refused by its name', async () => {
    await expect(openCsv('nowhere.csv')).rejects.toThrow(/cannot read nowhere.csv: there is no such file/);
  });
});

test.each([
  ['1.50', ',', 1.5],
  ['-.5e-3', ',', -0.0005],
  ['1,5', ';', 1.5],
  ['1,5', ',', null],
  ['1e999', ',', null],
  ['0x10', ',', null],
  ['1 2', ',', null],
  ['Infinity', ',', null],
])('"%s" between "%s" is the number %s', (cell, delimiter, number) => {
  expect(readNumber(cell, delimiter)).toBe(number);
});

test.each(['', 'NA', 'NaN', 'null', '-', 'N/A'])('"%s" is a gap', (cell) => {
  expect(isMissing(cell)).toBe(true);
});

test.each([
  [10, 0],
  [1012.1, 1],
  [-0.25, 2],
  [3.4523399999999995, 5],
  [5.827000141143799, 3],
  [123456789.123, 3],
  [0.1 + 0.2, 1],
  [Math.PI, 7],
])('%d has %d decimals, but for the noise of arithmetic', (value, decimals) => {
  expect(decimalsOf(value)).toBe(decimals);
});
