/** @file What runs a program. Two implementations: compiled (traced once, ONNX Runtime) and eager (TensorFlow.js).
 *
 *  Law: both give the same numbers to float32 rounding; one contract suite runs both. An executor knows programs and
 *  nothing of networks: trainer and stepper are written once, above it. */
import type { ScanForm } from '#cmamba';
import { RollcastError, sizeOfShape } from '#contracts';
import type { Program, TensorSpec } from './program.js';

export type Feeds = Readonly<Record<string, Float32Array | Uint8Array>>;
export type Results = Readonly<Record<string, Float32Array>>;

export interface PreparedProgram {
  /** Feeds are read before the promise settles and not kept. Results are new arrays each time.
   *  @throws INTERNAL for a feed that is missing, of another type or another size. */
  run(feeds: Feeds): Promise<Results>;
  /** Frees what it holds outside of JavaScript's memory. After it `run` must not be called. */
  release(): Promise<void>;
}

export interface Executor {
  readonly kind: 'compiled' | 'eager';
  /** For people: what runs, with which version and threads. */
  readonly description: string;
  /** How a scan over patches is best said to it. */
  readonly scanForm: ScanForm;
  /** Traces, compiles, or places constants, once. */
  prepare(program: Program): Promise<PreparedProgram>;
}

/** The feed of one input, checked.
 *  @throws INTERNAL naming the input and what is wrong with it. */
export function feedOf(feeds: Feeds, { name, shape, type }: TensorSpec): Float32Array | Uint8Array {
  const values = feeds[name];
  const refuse = (problem: string) => new RollcastError('INTERNAL', { problem: `input ${name}: ${problem}` });
  if (values === undefined) throw refuse('nothing was fed');
  if (type === 'uint8' ? !(values instanceof Uint8Array) : !(values instanceof Float32Array)) {
    throw refuse(`a ${values.constructor.name} was fed for ${type}`);
  }
  if (values.length !== sizeOfShape(shape)) {
    throw refuse(`${values.length} numbers were fed for [${shape.join(', ')}]`);
  }
  return values;
}
