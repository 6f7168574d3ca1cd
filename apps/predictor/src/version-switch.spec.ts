import { expect, test } from 'vitest';
import { definition, Versions } from './testing/frames-world.js';
import { AT_FIRST } from './version-source.js';
import { VersionSwitch } from './version-switch.js';

function switchTo(versions: Versions) {
  const replayOfServed = () => () => Promise.resolve();
  const refused: string[] = [];
  const onRefused = (version: string) => void refused.push(version);
  const parts = { definition, partition: 0, versions, replayOfServed, onRefused };
  return { moving: new VersionSwitch(parts, AT_FIRST, null), refused };
}

test('what is being built when all is closed is not waited for, and is freed when it has come', async () => {
  const versions = new Versions();
  const model = await versions.load(definition, 'last-value-1');
  let arrive: () => void = () => undefined;
  let freed = 0;
  const release = () => Promise.resolve(void (freed += 1));
  versions.load = () => new Promise((resolve) => (arrive = () => resolve({ ...model, release })));
  versions.announce('last-value-1');
  const { moving, refused } = switchTo(versions);
  expect(await moving.at({ offset: 0n, now: 0 })).toBeNull();
  await moving.close();
  expect(freed).toBe(0);
  arrive();
  await expect.poll(() => freed).toBe(1);
  expect(refused).toEqual([]);
});
