import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Closing } from '../closing.js';
import { takeFolder } from './one-in-a-folder.js';

let folder = '';
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'rollcast-folder-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));
const closing = () => new Closing((line) => expect.fail(line));

test('who comes second is told who has the folder, and takes nothing from them; after the end it is free', async () => {
  const first = closing();
  takeFolder(folder, first);
  const second = closing();
  expect(() => takeFolder(folder, second)).toThrow(
    `rollcast up already runs in ${folder} (pid ${process.pid})`,
  );
  await second.close();
  expect(() => takeFolder(folder, second)).toThrow('already runs');
  await first.close();
  takeFolder(folder, second);
  await second.close();
  expect(existsSync(join(folder, 'up.json'))).toBe(false);
});

test('a folder that is not there yet is made', async () => {
  const begun = closing();
  takeFolder(join(folder, 'new', 'data'), begun);
  expect(existsSync(join(folder, 'new', 'data', 'up.json'))).toBe(true);
  await begun.close();
});

test.each([
  ['of a process whose pid means another one now', JSON.stringify({ pid: process.pid, began: 'long ago' })],
  ['that is half written', '{"pid":'],
  ['that names nobody', 'null'],
  ['that is of another kind', '[1]'],
])('a mark %s is taken over', async (_, mark) => {
  writeFileSync(join(folder, 'up.json'), mark);
  const begun = closing();
  takeFolder(folder, begun);
  expect(() => takeFolder(folder, closing())).toThrow('already runs');
  await begun.close();
});
