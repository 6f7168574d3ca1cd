/** @file A TensorFlow.js backend that computes nothing: it writes down every kernel as ONNX nodes.
 *
 *  So TensorFlow.js's own gradients are traced too. Law: recording leaves no mark on the process: the backend exists
 *  for the time of one recording, the one before is put back, every tensor of the recording is disposed of.
 *  Refuses: a kernel without a lowering, by its name; reading a value while tracing; a tensor from outside. */
import { RollcastError } from '#contracts';
// The whole package: gradients are registered by it alone, not by tfjs-core.
import * as tf from '@tensorflow/tfjs';
import { elementwise } from './lowering/elementwise.js';
import { layout } from './lowering/layout.js';
import type { Attributes, Recorder } from './lowering/lowering.js';
import { products } from './lowering/products.js';
import { OnnxGraph } from './onnx-graph.js';
import { dataTypeNumber, encodeModel } from './onnx-proto.js';
import type { Program } from './program.js';

const BACKEND = 'rollcast-recording';

/** What a program became. */
export interface RecordedProgram {
  /** An ONNX file: inputs, outputs and constants under the program's names. */
  readonly bytes: Uint8Array;
  readonly outputs: readonly { readonly name: string; readonly shape: readonly number[] }[];
  readonly nodes: number;
}

/** Traces a program once. Synchronous on purpose: nothing else can use TensorFlow.js meanwhile.
 *  @throws INTERNAL for a kernel that has no lowering, or a program that reads values. */
export function record(program: Program): RecordedProgram {
  const backend = new RecordingBackend();
  const before = tf.engine().backendName as string | null | undefined;
  tf.registerBackend(BACKEND, () => backend);
  try {
    setBackend(BACKEND);
    tf.engine().startScope();
    try {
      return recordOn(backend, program);
    } finally {
      tf.engine().endScope();
    }
  } catch (error) {
    throw explain(error, program.name);
  } finally {
    tf.removeBackend(BACKEND);
    if (before !== null && before !== undefined) setBackend(before);
  }
}

function recordOn(backend: RecordingBackend, program: Program): RecordedProgram {
  const { graph } = backend;
  const tensors = new Map<string, tf.Tensor>();
  for (const { name, shape, type } of program.inputs) {
    graph.input(name, shape, type);
    const asNumbers =
      type === 'float32' ? name : backend.emit('Cast', [name], { to: dataTypeNumber('float32') });
    tensors.set(name, backend.named(asNumbers, shape));
  }
  for (const { name, shape, values } of program.constants) {
    tensors.set(name, backend.named(graph.initializer(name, values, shape), shape));
  }
  const built = program.build((name) => {
    const tensor = tensors.get(name);
    if (tensor === undefined)
      throw new RollcastError('INTERNAL', { problem: `${program.name} has no tensor ${name}` });
    return tensor;
  });
  const outputs = Object.entries(built).map(([name, tensor]) => {
    graph.output(name, backend.nameOf(tensor), tensor.shape, 'float32');
    return { name, shape: tensor.shape };
  });
  return { bytes: encodeModel(graph, program.name), outputs, nodes: graph.nodes.length };
}

class RecordingBackend extends tf.KernelBackend implements Recorder {
  readonly graph = new OnnxGraph();
  private readonly names = new WeakMap<object, string>();

  nameOf(tensor: tf.TensorInfo): string {
    const name = this.names.get(tensor.dataId);
    if (name === undefined) throw new Error('a tensor from outside the recording');
    return name;
  }

  emit(op: string, inputs: readonly string[], attributes: Attributes = {}): string {
    return this.graph.node(op, inputs, attributes)[0] as string;
  }

  emitMany(op: string, inputs: readonly string[], attributes: Attributes, outputs: number): string[] {
    return this.graph.node(op, inputs, attributes, outputs);
  }

  tensor(name: string, shape: readonly number[], dtype: tf.DataType): tf.TensorInfo {
    const dataId = {};
    this.names.set(dataId, name);
    return { dataId, shape: [...shape], dtype };
  }

  /** What the graph knows under a name, as a tensor to compute with. */
  named(name: string, shape: readonly number[]): tf.Tensor {
    return tf.engine().makeTensorFromTensorInfo(this.tensor(name, shape, 'float32'));
  }

  integers(values: readonly number[]): string {
    return this.graph.integers(values);
  }

  constant(values: ArrayLike<number>, shape: readonly number[], type: tf.DataType): string {
    if (type !== 'float32' && type !== 'int32' && type !== 'bool') throw new Error(`a constant of ${type}`);
    return this.graph.constant(values, shape, type);
  }

  override write(values: tf.backend_util.BackendValues, shape: number[], dtype: tf.DataType): object {
    const dataId = {};
    this.move(dataId, values, shape, dtype);
    return dataId;
  }

  override move(
    dataId: object,
    values: tf.backend_util.BackendValues,
    shape: number[],
    dtype: tf.DataType,
  ): void {
    this.names.set(dataId, this.constant(values as ArrayLike<number>, shape, dtype));
  }

  override read(): never {
    throw new Error('a value is read while tracing');
  }
  override readSync(): never {
    throw new Error('a value is read while tracing');
  }
  override numDataIds(): number {
    return 0;
  }
  override disposeData(): boolean {
    return true;
  }
  override incRef(): void {}
  override refCount(): number {
    return 1;
  }
  override memory(): { unreliable: boolean } {
    return { unreliable: true };
  }
  override floatPrecision(): 32 {
    return 32;
  }
  override epsilon(): number {
    return 1e-7;
  }
  override timerAvailable(): boolean {
    return false;
  }
  override dispose(): void {}
}

for (const [kernelName, lower] of Object.entries({ ...elementwise, ...layout, ...products })) {
  tf.registerKernel({
    kernelName,
    backendName: BACKEND,
    kernelFunc: ({ inputs, attrs, backend }) =>
      lower(backend as RecordingBackend, inputs as Record<string, tf.TensorInfo>, attrs ?? {}),
  });
}

function setBackend(name: string): void {
  // Backends that are there already, or begin at once, are set before this returns.
  void tf.setBackend(name);
}

function explain(error: unknown, program: string): unknown {
  if (error instanceof RollcastError) return error;
  const message = error instanceof Error ? error.message : String(error);
  const missing = /Cannot find registered kernel '(\w+)'|Kernel '(\w+)' not registered/.exec(message);
  const problem =
    missing === null
      ? `${program} cannot be traced: ${message}`
      : `${program} cannot be traced: kernel ${missing[1] ?? missing[2]} has no lowering`;
  return new RollcastError('INTERNAL', { problem }, error);
}
