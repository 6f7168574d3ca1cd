import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findCommand, hasCandidate, javaMajor, planFor, type Machine } from './packages.js';

const bookworm = ['openjdk-17-jre-headless', 'maven', 'redis-server', 'chromium'];
const machine = (change: Partial<Machine> = {}): Machine => ({
  root: true,
  debian: true,
  knows: (name) => bookworm.includes(name),
  ...change,
});

describe('the plan for what is missing', () => {
  test('nothing missing, nothing done', () => {
    expect(planFor([], machine())).toEqual({ kind: 'nothing' });
  });

  test('root on Debian installs exactly what is missing, in the version that this release has', () => {
    expect(planFor(['java', 'redis'], machine())).toEqual({
      kind: 'install',
      packages: ['openjdk-17-jre-headless', 'redis-server'],
    });
  });

  test('the newest known Java is preferred only where the release has it', () => {
    const newer = machine({ knows: () => true });
    expect(planFor(['java'], newer)).toEqual({ kind: 'install', packages: ['openjdk-21-jre-headless'] });
  });

  test('a package that the release does not have is told, and nothing is installed', () => {
    const plan = planFor(['java', 'maven'], machine({ knows: (name) => name === 'maven' }));
    expect(plan.kind).toBe('tell');
  });

  test('without root the one message names everything and the command', () => {
    const plan = planFor(['java', 'maven', 'redis'], machine({ root: false }));
    expect(plan).toMatchObject({
      kind: 'tell',
      problem: expect.stringMatching(
        /Java.*Maven.*redis-server.*apt-get install \S+ maven redis-server/,
      ) as string,
    });
  });

  test('another system is told what to install and no apt command', () => {
    const plan = planFor(['redis'], machine({ debian: false }));
    expect(plan).toMatchObject({
      kind: 'tell',
      problem: expect.stringMatching(/^(?!.*apt).*redis-server, 7/) as string,
    });
  });
});

test.each([
  ['a version', 'redis-server:\n  Installed: (none)\n  Candidate: 5:7.0.15-1\n', true],
  [
    'a package that is only mentioned',
    'openjdk-21-jre-headless:\n  Installed: (none)\n  Candidate: (none)\n',
    false,
  ],
  ['an unknown one', '', false],
])('%s: can it be installed?', (_, policy, can) => expect(hasCandidate(policy)).toBe(can));

test.each([
  ['17.0.15', 17],
  ['21', 21],
  ['1.8.0_402', 8],
  ['25-ea', 25],
  ['11.0.2+9', 11],
])('Java "%s" is %i', (version, major) => expect(javaMajor(version)).toBe(major));

describe('finding a command', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'rollcast-path-'));
    for (const name of ['a', 'b']) mkdirSync(join(folder, name));
    writeFileSync(join(folder, 'a', 'tool'), 'not executable');
    writeFileSync(join(folder, 'b', 'tool'), '#!/bin/sh\n');
    chmodSync(join(folder, 'a', 'tool'), 0o644);
    chmodSync(join(folder, 'b', 'tool'), 0o755);
    mkdirSync(join(folder, 'a', 'other'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test('a file that cannot be run and a folder of that name are passed over', () => {
    const path = `${join(folder, 'a')}:${join(folder, 'b')}`;
    expect(findCommand(['tool'], path)).toBe(join(folder, 'b', 'tool'));
    expect(findCommand(['other'], path)).toBeUndefined();
  });
});
