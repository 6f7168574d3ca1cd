import { describe, expect, test } from 'vitest';
import { readSafetensors, type Tensor, writeSafetensors } from './safetensors.js';

const tensors = new Map<string, Tensor>([
  ['b', { shape: [2, 3], values: Float32Array.from([1, 2, 3, 4, 5, 6]) }],
  ['a', { shape: [], values: Float32Array.from([0.1]) }],
  ['none', { shape: [0], values: new Float32Array(0) }],
]);

/** A file with a hand-made header. */
function file(header: unknown, dataBytes: number): Buffer {
  const text = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([length, text, Buffer.alloc(dataBytes)]);
}
const one = (changes: object) => ({ x: { dtype: 'F32', shape: [2], data_offsets: [0, 8], ...changes } });

describe('safetensors', () => {
  test('what is written is read, at any address', () => {
    const bytes = writeSafetensors(tensors, { k: 'v' });
    const shifted = new Uint8Array(bytes.length + 1);
    shifted.set(bytes, 1);
    for (const source of [bytes, shifted.subarray(1)]) {
      const read = readSafetensors(source);
      expect(read.metadata).toEqual({ k: 'v' });
      expect(new Map([...read.tensors].sort())).toEqual(new Map([...tensors].sort()));
    }
  });

  test('the order in which tensors are given changes no byte', () => {
    const turned = new Map([...tensors].reverse());
    expect(writeSafetensors(turned).equals(writeSafetensors(tensors))).toBe(true);
  });

  test('values that do not fill the shape are refused', () => {
    expect(() => writeSafetensors(new Map([['x', { shape: [2], values: new Float32Array(3) }]]))).toThrow(
      /3 values for shape \[2\]/,
    );
  });

  test.each([
    ['nothing', Buffer.alloc(4), /shorter than its header/],
    ['half a header', file(one({}), 8).subarray(0, 20), /shorter than its header/],
    ['no JSON', file('{', 0), /not JSON/],
    ['no object', file('[]', 0), /not an object/],
    ['an unknown type', file(one({ dtype: 'F16' }), 8), /type F16/],
    ['no shape', file(one({ shape: [-2] }), 8), /no shape/],
    ['a wrong size', file(one({ shape: [3] }), 8), /8 bytes for F32 \[3\]/],
    ['a lost end', file(one({}), 7), /behind the end/],
    ['a tail', file(one({}), 9), /1 bytes belong to no tensor/],
    ['a gap', file(one({ data_offsets: [4, 12] }), 12), /begins at 4 and should at 0/],
    ['an overlap', file({ ...one({}), y: one({}).x }, 8), /begins at 0 and should at 8/],
    ['metadata that is no text', file({ __metadata__: { a: 1 } }, 0), /metadata a/],
  ])('%s is refused', (_what, bytes, problem) => {
    expect(() => readSafetensors(bytes)).toThrow(problem);
  });
});
