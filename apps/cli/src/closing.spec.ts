import { expect, test } from 'vitest';
import { closing } from './closing.js';

test('everything begun is ended, the last first, whatever fails; what fails to end is said', async () => {
  const ended: string[] = [];
  const said: string[] = [];
  const work = closing(
    (line) => said.push(line),
    async (begun) => {
      begun.add('servers', () => ended.push('servers'));
      begun.add('services', () => Promise.reject(new Error('they hang')));
      begun.add('proxy', () => ended.push('proxy'));
      throw new Error('the work failed');
    },
  );
  await expect(work).rejects.toThrow('the work failed');
  expect(ended).toEqual(['proxy', 'servers']);
  expect(said).toEqual(['could not end services: they hang']);
});
