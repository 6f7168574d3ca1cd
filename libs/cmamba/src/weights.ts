/** @file The parameters of a network: names, shapes, order, and how each begins.
 *
 *  Names are the official ones (PyTorch's), so that a checkpoint maps one to one; ours beyond them is `linear.weight`.
 *  Law: all weights of a network are one float32 vector in the order of this list; that order is part of the format of
 *  checkpoints. Matrices (or one for each channel) lie [.., in, out] here and [.., out, in] inside artifacts;
 *  there is one function each way. */
import { RollcastError, sizeOfShape } from '#contracts';
import { type CmambaConfig, patchWidth, validateConfig } from './config.js';

export interface Parameter {
  readonly name: string;
  /** Ours: `[in, out]` for matrices, `[channels, in, out]` for one a channel. */
  readonly shape: readonly number[];
  /** Inside an artifact: the same with the last two turned. */
  readonly artifactShape: readonly number[];
  /** Where it begins in the vector of all weights, and how many numbers it has. */
  readonly offset: number;
  readonly length: number;
  readonly init: Init;
}

/** How a parameter begins. `given`: by the caller, else zero. */
type Init = DrawnInit | { readonly kind: 'given' };
type DrawnInit =
  | { readonly kind: 'uniform'; readonly bound: number }
  | { readonly kind: 'ones' | 'zero' | 'step-sizes' | 'modes' };

/** What tells the recurrent network from the windowed one, as far as parameters go. */
export interface NetworkForm {
  readonly embeddingInputs: number;
  readonly headInputs: number;
  /** Does a linear path run beside the network, and the head begin at zero? */
  readonly linearPath: boolean;
}

/** The name of the linear paths from the normalised lookback to the horizon, one a channel. */
export const LINEAR_PATH = 'linear.weight';

/** Parameters of the recurrent network; the linear path comes first, so that all others are one stretch.
 *  @throws BAD_CONFIGURATION for sizes that make no network. */
export function parameters(config: CmambaConfig): readonly Parameter[] {
  validateConfig(config);
  return parametersOf(config, {
    embeddingInputs: patchWidth(config),
    headInputs: config.dModel,
    linearPath: true,
  });
}

/** Parameters of any form of the network. */
export function parametersOf(
  config: Omit<CmambaConfig, 'memory' | 'dtMin' | 'dtMax'>,
  form: NetworkForm,
): readonly Parameter[] {
  const list: Parameter[] = [];
  let offset = 0;
  const add = (name: string, shape: readonly number[], artifactShape: readonly number[], init: Init) => {
    const length = sizeOfShape(shape);
    list.push({ name, shape, artifactShape, offset, length, init });
    offset += length;
  };
  const uniform = (fanIn: number): Init => ({ kind: 'uniform', bound: 1 / Math.sqrt(fanIn) });
  const matrix = (name: string, inputs: number, outputs: number, init: Init = uniform(inputs)) =>
    add(name, [inputs, outputs], [outputs, inputs], init);
  const vector = (name: string, length: number, init: Init) => add(name, [length], [length], init);

  const { channels: C, dModel: D, dInner: E, dState: Ns, dtRank: R } = config;
  const { lookback: L, horizon: T } = config;
  if (form.linearPath) add(LINEAR_PATH, [C, L, T], [C, T, L], { kind: 'given' });
  if (config.blocks === 0) return list;
  matrix('patch_embedding.value_embedding.weight', form.embeddingInputs, D);
  for (let block = 0; block < config.blocks; block++) {
    const layer = layerName(block);
    vector(`${layer}.norm.weight`, D, { kind: 'ones' });
    matrix(`${layer}.mixer.in_proj.weight`, D, 2 * E);
    vector(`${layer}.mixer.in_proj.bias`, 2 * E, uniform(D));
    matrix(`${layer}.mixer.x_proj.weight`, E, R + 2 * Ns + E);
    matrix(`${layer}.mixer.dt_proj.weight`, R, E);
    vector(`${layer}.mixer.dt_proj.bias`, E, { kind: 'step-sizes' });
    add(`${layer}.mixer.A_log`, [Ns], [1, Ns], { kind: 'modes' });
    matrix(`${layer}.mixer.out_proj.weight`, E, D);
    vector(`${layer}.mixer.out_proj.bias`, D, uniform(E));
    const hidden = Math.max(1, Math.floor(C / config.reduction));
    for (const part of ['fc_sc', 'fc_sf']) {
      matrix(`${layer}.GDDMLP.${part}.0.weight`, C, hidden);
      matrix(`${layer}.GDDMLP.${part}.2.weight`, hidden, C);
    }
  }
  // Beside a linear path the head begins at zero: step 0 is the best linear forecaster.
  const head: Init = form.linearPath ? { kind: 'zero' } : uniform(form.headInputs);
  matrix('head.linear.weight', form.headInputs, config.horizon, head);
  vector('head.linear.bias', config.horizon, head);
  return list;
}

/** `encoder.layers.{block}`, as in the official checkpoints. */
export function layerName(block: number): string {
  return `encoder.layers.${block}`;
}

/** Numbers in the vector of all weights. */
export function weightCount(list: readonly Parameter[]): number {
  const last = list.at(-1);
  return last === undefined ? 0 : last.offset + last.length;
}

/** The weights that a training starts from.
 *  @param uniform draws from [0, 1), in the order of the list: the same seed gives the same weights
 *  @param linearPath `[channels, lookback, horizon]`, the ridge solution; left out: zero
 *  @throws INTERNAL where the linear path has another size.
 *  @example initialWeights(config, () => draws.uniform(), ridgeWeights) */
export function initialWeights(
  config: CmambaConfig,
  uniform: () => number,
  linearPath?: Float32Array,
): Float32Array<ArrayBuffer> {
  const list = parameters(config);
  const weights = new Float32Array(weightCount(list));
  for (const parameter of list) {
    const values = weights.subarray(parameter.offset, parameter.offset + parameter.length);
    if (parameter.init.kind === 'given') {
      if (linearPath !== undefined) values.set(sized(linearPath, parameter));
    } else {
      begin(values, parameter.init, config, uniform);
    }
  }
  return weights;
}

function begin(
  values: Float32Array,
  init: DrawnInit,
  { dtMin, dtMax }: CmambaConfig,
  uniform: () => number,
): void {
  switch (init.kind) {
    case 'zero':
      values.fill(0);
      break;
    case 'ones':
      values.fill(1);
      break;
    case 'uniform':
      for (let i = 0; i < values.length; i++) values[i] = (2 * uniform() - 1) * init.bound;
      break;
    case 'modes':
      // A = -(1..Ns): S4D-real, the diagonal of HiPPO-LegS.
      for (let i = 0; i < values.length; i++) values[i] = Math.log(i + 1);
      break;
    case 'step-sizes':
      for (let i = 0; i < values.length; i++) {
        const logarithm = Math.log(dtMin) + uniform() * (Math.log(dtMax) - Math.log(dtMin));
        const step = Math.max(Math.exp(logarithm), 1e-4);
        // The inverse of softplus.
        values[i] = step + Math.log(-Math.expm1(-step));
      }
      break;
  }
}

/** Weights by name in the artifact's layout; copies.
 *  @throws INTERNAL where the vector has another size. */
export function toArtifact(
  list: readonly Parameter[],
  weights: Float32Array,
): Map<string, { readonly shape: readonly number[]; readonly values: Float32Array<ArrayBuffer> }> {
  if (weights.length !== weightCount(list)) {
    throw new RollcastError('INTERNAL', {
      problem: `${weights.length} weights where the network has ${weightCount(list)}`,
    });
  }
  return new Map(
    list.map((parameter) => {
      const own = weights.subarray(parameter.offset, parameter.offset + parameter.length);
      const values = isMatrix(parameter) ? transpose(own, parameter.shape) : Float32Array.from(own);
      return [parameter.name, { shape: parameter.artifactShape, values }];
    }),
  );
}

/** The vector of all weights from an artifact's tensors.
 *  @throws ARTIFACT_BROKEN naming a tensor that is missing, unknown or of another shape. */
export function fromArtifact(
  list: readonly Parameter[],
  tensors: ReadonlyMap<string, { readonly shape: readonly number[]; readonly values: Float32Array }>,
): Float32Array<ArrayBuffer> {
  const broken = (problem: string) => new RollcastError('ARTIFACT_BROKEN', { artifact: 'weights', problem });
  const known = new Set(list.map((parameter) => parameter.name));
  for (const name of tensors.keys()) {
    if (!known.has(name)) throw broken(`tensor ${name} is not one of this network`);
  }
  const weights = new Float32Array(weightCount(list));
  for (const parameter of list) {
    const tensor = tensors.get(parameter.name);
    if (tensor === undefined) throw broken(`tensor ${parameter.name} is missing`);
    if (tensor.shape.join() !== parameter.artifactShape.join() || tensor.values.length !== parameter.length) {
      throw broken(
        `tensor ${parameter.name} is [${tensor.shape.join(', ')}] and should be [${parameter.artifactShape.join(', ')}]`,
      );
    }
    weights.set(
      isMatrix(parameter) ? transpose(tensor.values, tensor.shape) : tensor.values,
      parameter.offset,
    );
  }
  return weights;
}

function isMatrix(parameter: Parameter): boolean {
  return parameter.shape.length > 1;
}

/** Turns the last two axes. */
function transpose(values: Float32Array, shape: readonly number[]): Float32Array<ArrayBuffer> {
  const [rows = 1, columns = 1] = shape.slice(-2);
  const turned = new Float32Array(values.length);
  for (let begin = 0; begin < values.length; begin += rows * columns) {
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        turned[begin + column * rows + row] = values[begin + row * columns + column] as number;
      }
    }
  }
  return turned;
}

function sized(values: Float32Array, parameter: Parameter): Float32Array {
  if (values.length !== parameter.length) {
    throw new RollcastError('INTERNAL', {
      problem: `${parameter.name} has ${values.length} numbers and should have ${parameter.length}`,
    });
  }
  return values;
}
