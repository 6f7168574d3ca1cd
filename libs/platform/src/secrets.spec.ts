import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hidePasswords } from './secrets.js';

describe('passwords', () => {
  test.each([
    ['redis://user:secret@host:6379/0', 'redis://user:***@host:6379/0'],
    ['redis://:secret@host', 'redis://:***@host'],
    ['redis://u:se@cr/et@host', 'redis://u:***@host'],
    ['redis://host/0?password=secret&x=1', 'redis://host/0?password=***&x=1'],
    ['user:secret@kafka:9092,b:9092', 'user:***@kafka:9092,b:9092'],
    ['redis://host:6379', 'redis://host:6379'],
    ['a:9092,b:9092', 'a:9092,b:9092'],
    ['[::1]:9092', '[::1]:9092'],
  ])('%s is said as %s', (text, said) => expect(hidePasswords(text)).toBe(said));

  test('no password of any spelling survives', () => {
    const password = fc.stringMatching(/^[a-z0-9@/:?&=%!.-]{1,20}$/).map((text) => `Q${text}Q`);
    fc.assert(
      fc.property(
        fc.constantFrom('redis', 'rediss', 'http'),
        fc.constantFrom('', 'u'),
        password,
        (scheme, user, pass) => {
          expect(hidePasswords(`${scheme}://${user}:${pass}@host:1/0`)).not.toContain(pass);
        },
      ),
    );
  });
});
