import { expect, test } from 'vitest';
import { until } from './until.js';

test.each([[0], [''], [true], ['x']])('%j is something that was found', async (found) => {
  const answers = [undefined, null, false, found];
  expect(await until('it comes', () => answers.shift())).toBe(found);
  expect(answers).toEqual([]);
});

test('what never comes is named, with what is known of it at the end', async () => {
  let looks = 0;
  const never = () => (looks++, false);
  await expect(until('the moon is blue', never, 30)).rejects.toThrow('not within 30 ms: the moon is blue');
  expect(looks).toBeGreaterThan(1);
  await expect(until(() => `${looks} looks`, never, 0)).rejects.toThrow(/not within 0 ms: \d looks/);
});

test('an error of the look ends the waiting at once', async () => {
  const looks: unknown[] = [];
  const fails = () => {
    looks.push(looks);
    throw new Error('it has ended');
  };
  await expect(until('it works', fails)).rejects.toThrow('it has ended');
  expect(looks).toHaveLength(1);
});
