/** @file An ONNX graph as it grows: nodes, constants, inputs, outputs. Knows nothing of where it comes from.
 *
 *  Law: equal small constants are one; a constant filled with one value is stored as that value and expanded, so that a
 *  graph's size on disk follows its structure and not its shapes. Names are numbers in order of use: deterministic. */

export type ElementType = 'float32' | 'uint8' | 'int32' | 'int64' | 'bool';

export interface OnnxNode {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, number | readonly number[]>>;
}

export interface OnnxValue {
  readonly name: string;
  readonly shape: readonly number[];
  readonly type: ElementType;
}

export interface OnnxInitializer extends OnnxValue {
  readonly bytes: Uint8Array;
}

/** Constants up to this many numbers are compared with those that are there already. */
const SHARED_UP_TO = 64;

export class OnnxGraph {
  readonly nodes: OnnxNode[] = [];
  readonly initializers: OnnxInitializer[] = [];
  readonly inputs: OnnxValue[] = [];
  readonly outputs: OnnxValue[] = [];
  private names = 0;
  private readonly shared = new Map<string, string>();

  /** Adds a node.
   *  @returns the names of its outputs. */
  node(
    op: string,
    inputs: readonly string[],
    attributes: OnnxNode['attributes'] = {},
    outputCount = 1,
  ): string[] {
    const outputs = Array.from({ length: outputCount }, () => this.freshName());
    this.nodes.push({ op, inputs, outputs, attributes });
    return outputs;
  }

  input(name: string, shape: readonly number[], type: ElementType): string {
    this.inputs.push({ name, shape, type });
    return name;
  }

  /** Gives a value its public name. */
  output(name: string, from: string, shape: readonly number[], type: ElementType): void {
    this.nodes.push({ op: 'Identity', inputs: [from], outputs: [name], attributes: {} });
    this.outputs.push({ name, shape, type });
  }

  /** Weights and the like, under a name of their own. */
  initializer(name: string, values: Float32Array, shape: readonly number[]): string {
    this.initializers.push({ name, shape, type: 'float32', bytes: bytesOf(values) });
    return name;
  }

  constant(values: ArrayLike<number>, shape: readonly number[], type: 'float32' | 'int32' | 'bool'): string {
    if (values.length > 1 && isUniform(values)) {
      const single = this.constant([values[0] as number], [], type);
      return this.once(`expand ${single} ${shape.join()}`, () => this.expand(single, shape));
    }
    return this.store(typed(values, type), shape, type);
  }

  /** A list of whole numbers, as shapes and axes are given. */
  integers(values: readonly number[]): string {
    return this.store(BigInt64Array.from(values, BigInt), [values.length], 'int64');
  }

  private expand(name: string, shape: readonly number[]): string {
    return this.node('Expand', [name, this.integers(shape)])[0] as string;
  }

  private store(
    values: Float32Array | Int32Array | Uint8Array | BigInt64Array,
    shape: readonly number[],
    type: ElementType,
  ): string {
    const bytes = bytesOf(values);
    const add = () => {
      const name = this.freshName();
      this.initializers.push({ name, shape, type, bytes });
      return name;
    };
    return values.length <= SHARED_UP_TO ? this.once(`${type} ${shape.join()} ${bytes.join()}`, add) : add();
  }

  private once(key: string, make: () => string): string {
    let name = this.shared.get(key);
    if (name === undefined) {
      name = make();
      this.shared.set(key, name);
    }
    return name;
  }

  private freshName(): string {
    return `v${this.names++}`;
  }
}

function typed(
  values: ArrayLike<number>,
  type: 'float32' | 'int32' | 'bool',
): Float32Array | Int32Array | Uint8Array {
  switch (type) {
    case 'float32':
      return Float32Array.from(values);
    case 'int32':
      return Int32Array.from(values);
    case 'bool':
      return Uint8Array.from(values);
  }
}

function bytesOf(values: ArrayBufferView): Uint8Array {
  // A copy: the values may change after they were recorded.
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength).slice();
}

function isUniform(values: ArrayLike<number>): boolean {
  for (let i = 1; i < values.length; i++) if (!Object.is(values[i], values[0])) return false;
  return true;
}
