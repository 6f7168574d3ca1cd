import { expect, test } from 'vitest';
import { consoleOn } from './console.js';

function outlet(isTTY: boolean, columns?: number) {
  const written: string[] = [];
  return {
    written,
    isTTY,
    ...(columns !== undefined && { columns }),
    write: (text: string) => written.push(text),
  };
}

test('a line pushes the status down instead of standing in it', () => {
  const out = outlet(true, 100);
  const err = outlet(true);
  const console = consoleOn(out, err);
  console.status('50 %');
  console.print('a result');
  console.status('60 %');
  console.status(null);
  console.say('done');
  expect(err.written.join('|')).toBe('50 %|\r\u001b[K|50 %|\r\u001b[K60 %|\r\u001b[K|done\n');
  expect(out.written).toEqual(['a result\n']);
  expect(console.columns).toBe(100);
});

test('a terminal that does not know its width has eighty columns', () => {
  expect(consoleOn(outlet(true, 0), outlet(true, 0)).columns).toBe(80);
});

test('a pipe gets no status, eighty columns, and results and words apart', () => {
  const out = outlet(false);
  const err = outlet(false);
  const console = consoleOn(out, err);
  console.status('50 %');
  console.print('{}');
  console.say('words');
  expect(out.written).toEqual(['{}\n']);
  expect(err.written).toEqual(['words\n']);
  expect(console.columns).toBe(80);
});
