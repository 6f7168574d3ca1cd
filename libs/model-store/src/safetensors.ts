/** @file safetensors: a header of JSON, then the bytes of the tensors. Reads and writes F32, reads F64 for fixtures.
 *
 *  Law: the same tensors give the same bytes (names sorted, metadata sorted), and what is read covers the file exactly:
 *  no gap, no overlap, no tail. Anything else is ARTIFACT_BROKEN, never a guess.
 *  Format: 8 bytes little-endian length of the header, header, data (github.com/huggingface/safetensors). */
import { endianness } from 'node:os';
import { RollcastError, sizeOfShape } from '#contracts';

/** The values in C order. */
export interface Tensor {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

export interface SafetensorsFile {
  readonly tensors: Map<string, Tensor>;
  readonly metadata: Readonly<Record<string, string>>;
}

const WIDTH = { F32: 4, F64: 8, I64: 8 } as const;
type Type = keyof typeof WIDTH;

/** A header longer than this is no header. */
const MAX_HEADER_BYTES = 100 * 1024 * 1024;

/** @throws INTERNAL where a tensor's values do not fill its shape. */
export function writeSafetensors(
  tensors: ReadonlyMap<string, Tensor>,
  metadata: Readonly<Record<string, string>> = {},
): Buffer {
  requireLittleEndian();
  const names = [...tensors.keys()].sort();
  const header: Record<string, unknown> = {};
  if (Object.keys(metadata).length > 0) {
    header['__metadata__'] = Object.fromEntries(
      Object.keys(metadata)
        .sort()
        .map((key) => [key, metadata[key]]),
    );
  }
  const parts: Buffer[] = [];
  let offset = 0;
  for (const name of names) {
    const { shape, values } = tensors.get(name) as Tensor;
    if (sizeOfShape(shape) !== values.length) {
      throw new RollcastError('INTERNAL', {
        problem: `tensor ${name} has ${values.length} values for shape [${shape.join(', ')}]`,
      });
    }
    header[name] = { dtype: 'F32', shape, data_offsets: [offset, offset + values.byteLength] };
    parts.push(Buffer.from(values.buffer, values.byteOffset, values.byteLength));
    offset += values.byteLength;
  }
  // Padded with spaces, so that the data begins on a multiple of 8.
  const text = Buffer.from(JSON.stringify(header), 'utf8');
  const padded = Buffer.alloc(Math.ceil(text.length / 8) * 8, ' ');
  text.copy(padded);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(padded.length));
  return Buffer.concat([length, padded, ...parts]);
}

/** Reads a file; F64 and I64 are rounded to float32.
 *  @throws ARTIFACT_BROKEN naming what is wrong. */
export function readSafetensors(bytes: Uint8Array): SafetensorsFile {
  requireLittleEndian();
  const { header, data } = splitHeader(bytes);
  const metadata: Record<string, string> = {};
  const entries: { name: string; type: Type; shape: number[]; from: number; to: number }[] = [];
  for (const [name, value] of Object.entries(header)) {
    if (name === '__metadata__') {
      for (const [key, text] of Object.entries(asObject(value, name))) {
        if (typeof text !== 'string') throw broken(`metadata ${key} is not text`);
        metadata[key] = text;
      }
    } else {
      entries.push({ name, ...readEntry(name, asObject(value, name)) });
    }
  }
  entries.sort((a, b) => a.from - b.from || a.to - b.to);
  let expected = 0;
  const tensors = new Map<string, Tensor>();
  for (const { name, type, shape, from, to } of entries) {
    if (from !== expected) throw broken(`tensor ${name} begins at ${from} and should at ${expected}`);
    if (to - from !== sizeOfShape(shape) * WIDTH[type]) {
      throw broken(`tensor ${name} has ${to - from} bytes for ${type} [${shape.join(', ')}]`);
    }
    if (to > data.length) throw broken(`tensor ${name} ends at ${to}, behind the end of the file`);
    expected = to;
    tensors.set(name, { shape, values: decode(data.subarray(from, to), type) });
  }
  if (expected !== data.length) throw broken(`${data.length - expected} bytes belong to no tensor`);
  return { tensors, metadata };
}

function splitHeader(bytes: Uint8Array): { header: Record<string, unknown>; data: Uint8Array } {
  if (bytes.length < 8) throw broken('it is shorter than its header');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = Number(view.getBigUint64(0, true));
  if (length > MAX_HEADER_BYTES || 8 + length > bytes.length) throw broken('it is shorter than its header');
  let parsed: unknown;
  try {
    parsed = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(8, 8 + length)));
  } catch (error) {
    throw broken('its header is not JSON', error);
  }
  return { header: asObject(parsed, 'header'), data: bytes.subarray(8 + length) };
}

function readEntry(
  name: string,
  entry: Record<string, unknown>,
): { type: Type; shape: number[]; from: number; to: number } {
  const { dtype, shape, data_offsets: offsets } = entry;
  if (typeof dtype !== 'string' || !Object.hasOwn(WIDTH, dtype)) {
    throw broken(`tensor ${name} is of type ${String(dtype)}, not one of ${Object.keys(WIDTH).join(', ')}`);
  }
  if (!isCounts(shape)) throw broken(`tensor ${name} has no shape`);
  if (!isCounts(offsets) || offsets.length !== 2) throw broken(`tensor ${name} has no place`);
  const [from = 0, to = 0] = offsets;
  if (to < from) throw broken(`tensor ${name} ends before it begins`);
  return { type: dtype as Type, shape, from, to };
}

function decode(bytes: Uint8Array, type: Type): Float32Array {
  // Copied: the bytes of the file may lie at any address.
  const { buffer } = Uint8Array.from(bytes);
  switch (type) {
    case 'F32':
      return new Float32Array(buffer);
    case 'F64':
      return Float32Array.from(new Float64Array(buffer));
    case 'I64':
      return Float32Array.from(new BigInt64Array(buffer), Number);
  }
}

function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
}

function asObject(value: unknown, what: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw broken(`${what} is not an object`);
  }
  return value as Record<string, unknown>;
}

function requireLittleEndian(): void {
  if (endianness() !== 'LE') {
    throw new RollcastError('INTERNAL', { problem: 'safetensors on a big-endian machine' });
  }
}

function broken(problem: string, cause?: unknown): RollcastError {
  return new RollcastError('ARTIFACT_BROKEN', { artifact: 'safetensors', problem }, cause);
}
