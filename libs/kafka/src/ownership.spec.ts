import { expect, test } from 'vitest';
import type { GroupView } from './admin.js';
import { Ownership, owns } from './ownership.js';

const view = (state: string): GroupView => ({ state, members: new Map([['me', new Map([['in', [0, 2]]])]]) });

test.each([
  ['our partition in a stable group', 'Stable', 'me', 2, true],
  ['a partition of somebody else', 'Stable', 'me', 1, false],
  ['a member that the coordinator has forgotten', 'Stable', 'zombie', 2, false],
  ['a group that is rebalancing', 'PreparingRebalance', 'me', 2, false],
])('%s', (_name, state, member, partition, expected) => {
  expect(owns(view(state), member, 'in', partition)).toBe(expected);
});

test('questions of the same moment share one request, later ones ask again', async () => {
  let asked = 0;
  const ownership = new Ownership(
    { group: () => Promise.resolve(view('Stable')).finally(() => (asked += 1)) },
    'g',
  );
  await Promise.all([ownership.isOurs('me', 'in', 0), ownership.isOurs('me', 'in', 1)]);
  expect(asked).toBe(1);
  await ownership.isOurs('me', 'in', 0);
  expect(asked).toBe(2);
});
