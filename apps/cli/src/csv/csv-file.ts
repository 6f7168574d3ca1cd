/** @file A CSV file as columns and rows of text.
 *
 *  Law: a file is read as a stream, twice over if need be, and every complaint names file, line and column. Whether
 *  it is compressed is seen in its first bytes, the delimiter (comma, semicolon or tab) in its header.
 *  It refuses a file without a header, columns of the same name, rows of another length than the header, and letters
 *  that are not UTF-8. */
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { CsvError, parse, type Info } from 'csv-parse';
import { parse as parseAtOnce } from 'csv-parse/sync';
import { RollcastError } from '#contracts';
import { readNumber } from './csv-number.js';
import { timeForm } from './csv-time.js';
import { unreadable } from '../unreadable.js';

export interface CsvRow {
  /** Line in the file, the header is 1. */
  readonly line: number;
  /** One a column, trimmed. */
  readonly cells: readonly string[];
}

export interface CsvFile {
  readonly path: string;
  readonly columns: readonly string[];
  readonly delimiter: ',' | ';' | '\t';
  /** Every call reads the file from its beginning.
   *  @throws BAD_CSV */
  rows(): AsyncGenerator<CsvRow>;
}

/** Reads the header of a file.
 *  @throws BAD_CSV, or INVALID_REQUEST when the file cannot be opened */
export async function openCsv(path: string): Promise<CsvFile> {
  const compressed = await isCompressed(path);
  const header = await firstLine(path, compressed);
  const delimiter = delimiterOf(header);
  const columns = columnsOf(path, header, delimiter);
  return { path, columns, delimiter, rows: () => readRows(path, compressed, delimiter, columns.length) };
}

/** Which column is called so.
 *  @throws INVALID_REQUEST when none is */
export function columnIndex(file: CsvFile, name: string): number {
  const index = file.columns.indexOf(name);
  if (index >= 0) return index;
  const problem = `${file.path} has no column "${name}": it has ${file.columns.join(', ')}`;
  throw new RollcastError('INVALID_REQUEST', { problem });
}

/** The refusal of a cell that cannot be used.
 *  @param column its name, or its number from 1 */
export function badCell(path: string, line: number, column: string | number, problem: string): RollcastError {
  return new RollcastError('BAD_CSV', { file: path, line, column, problem });
}

async function* readRows(
  path: string,
  compressed: boolean,
  delimiter: string,
  columns: number,
): AsyncGenerator<CsvRow> {
  const parser = parse({
    bom: true,
    delimiter,
    from: 2,
    info: true,
    relax_column_count: true,
    skip_empty_lines: true,
    trim: true,
  });
  // An error of any part ends the parser with it: it is thrown by the loop below.
  pipeline(source(path, compressed), parser, () => undefined);
  let line = 1;
  try {
    for await (const { info, record } of parser as AsyncIterable<{ info: Info; record: string[] }>) {
      line = info.lines;
      if (record.length !== columns) {
        const at = Math.min(record.length, columns) + 1;
        throw badCell(path, line, at, `the row has ${record.length} cells, the header has ${columns}`);
      }
      const garbled = record.findIndex((cell) => cell.includes(NO_LETTER));
      if (garbled >= 0) throw badCell(path, line, garbled + 1, NOT_UTF8);
      yield { line, cells: record };
    }
  } catch (error) {
    throw readable(path, line, error);
  } finally {
    parser.destroy();
  }
}

/** What stands where bytes are no UTF-8. */
const NO_LETTER = '\uFFFD';
const NOT_UTF8 = 'a letter is not UTF-8: save the file in that encoding, or write the letter in ASCII';

/** What the libraries throw, in our words. */
function readable(path: string, line: number, error: unknown): unknown {
  if (error instanceof CsvError) {
    const at = typeof error['lines'] === 'number' ? error['lines'] : line + 1;
    const column = typeof error['index'] === 'number' ? error['index'] + 1 : 1;
    return badCell(path, at, column, error.message);
  }
  const code = (error as NodeJS.ErrnoException).code ?? '';
  if (code.startsWith('Z_')) return badCell(path, line + 1, 1, 'the compressed file is damaged or cut off');
  return error;
}

function source(path: string, compressed: boolean): AsyncIterable<Buffer> {
  const bytes = createReadStream(path);
  // The file's errors (a disk that fails) go to the reader of the unpacked bytes.
  return compressed ? pipeline(bytes, createGunzip(), () => undefined) : bytes;
}

/** Do the first two bytes say gzip? */
async function isCompressed(path: string): Promise<boolean> {
  try {
    const file = await open(path);
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(2), 0, 2, 0);
      return bytesRead === 2 && buffer[0] === 0x1f && buffer[1] === 0x8b;
    } finally {
      await file.close();
    }
  } catch (error) {
    throw new RollcastError('INVALID_REQUEST', { problem: unreadable(path, error) }, error);
  }
}

/** Longest header that is waited for: a file without line ends is no CSV. */
const HEADER_BYTES = 64 * 1024;

async function firstLine(path: string, compressed: boolean): Promise<string> {
  let text = Buffer.alloc(0);
  try {
    for await (const chunk of source(path, compressed)) {
      text = Buffer.concat([text, chunk]);
      if (text.includes(0x0a) || text.length > HEADER_BYTES) break;
    }
  } catch (error) {
    throw readable(path, 0, error);
  }
  if (isUtf16(text)) throw badCell(path, 1, 1, 'the file is UTF-16: save it as UTF-8');
  const end = text.indexOf(0x0a);
  const line = text
    .subarray(0, end < 0 ? text.length : end)
    .toString('utf8')
    .replace(/^\uFEFF/, '')
    .trimEnd();
  if (line === '') throw badCell(path, 1, 1, 'the first line must name the columns; it is empty');
  return line;
}

/** Do the first two bytes say so, or is there a zero, as no UTF-8 text has? */
function isUtf16(text: Buffer): boolean {
  const [first, second] = text;
  return (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff) || text.includes(0);
}

function delimiterOf(header: string): CsvFile['delimiter'] {
  const unquoted = header.replace(/"[^"]*"/g, '');
  const count = (delimiter: string) => unquoted.split(delimiter).length;
  return ([',', ';', '\t'] as const).reduce((best, one) => (count(one) > count(best) ? one : best));
}

function columnsOf(path: string, header: string, delimiter: string): string[] {
  let names: string[];
  try {
    names = parseAtOnce(header, { delimiter, trim: true })[0] ?? [];
  } catch (error) {
    throw readable(path, 1, error);
  }
  const garbled = names.findIndex((name) => name.includes(NO_LETTER));
  if (garbled >= 0) throw badCell(path, 1, garbled + 1, NOT_UTF8);
  if (names.every((name) => readNumber(name, delimiter) !== null)) {
    throw badCell(path, 1, 1, 'the first line must name the columns; it holds numbers');
  }
  const dated = names.findIndex((name) => timeForm(name) !== null);
  if (dated >= 0)
    throw badCell(
      path,
      1,
      dated + 1,
      `the first line must name the columns; it holds the time "${names[dated]}"`,
    );
  // A table written with its row numbers has an unnamed first column.
  const columns = names.map((name, index) => (name === '' ? `column_${index + 1}` : name));
  const twice = columns.findIndex((name, index) => columns.indexOf(name) < index);
  if (twice >= 0) throw badCell(path, 1, twice + 1, `two columns are named "${columns[twice]}"`);
  return columns;
}
