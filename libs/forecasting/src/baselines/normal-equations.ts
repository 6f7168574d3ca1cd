/** @file The sums that a least-squares fit needs of its rows, and the fit itself: `(gram + ...) weights = right`.
 *
 *  Law: a truth that was not observed drops out of its own lead: the leads share one Gram matrix, and a lead with
 *  missing truths takes their rows out of a copy of it. */
import { choleskyFactor, choleskySolve } from './cholesky.js';
import { addGram, addProjected } from './gram.js';
import type { RidgeRows, RidgeShape } from './ridge-rows.js';

/** Regularisation as a share of the mean diagonal of the Gram matrix: it follows the scale and the number of rows. */
export const LAMBDA = 1e-3;

export interface NormalEquations {
  /** `[lookback, lookback]`, lower triangle, over all rows. */
  readonly gram: Float64Array;
  /** The same without the rows whose truth at a lead is missing: `gram` itself where none is. */
  gramAt(lead: number): Float64Array;
  /** `[lookback, horizon]` */
  readonly right: Float64Array;
}

export function normalEquations(
  { rows, inputs, targets }: RidgeRows,
  { lookback, horizon }: RidgeShape,
): NormalEquations {
  const gram = new Float64Array(lookback * lookback);
  addGram(
    inputs,
    lookback,
    Int32Array.from({ length: rows }, (_, row) => row),
    1,
    gram,
  );
  const right = new Float64Array(lookback * horizon);
  addProjected(inputs, targets, lookback, horizon, rows, right);
  const gramAt = (lead: number) => {
    const [present, missing] = byPresence(targets, rows, horizon, lead);
    if (missing.length === 0) return gram;
    const rest = new Float64Array(lookback * lookback);
    if (missing.length < present.length) {
      rest.set(gram);
      addGram(inputs, lookback, missing, -1, rest);
    } else {
      addGram(inputs, lookback, present, 1, rest);
    }
    return rest;
  };
  return { gram, gramAt, right };
}

function byPresence(targets: Float64Array, rows: number, horizon: number, lead: number) {
  const present: number[] = [];
  const missing: number[] = [];
  for (let row = 0; row < rows; row++) {
    (Number.isNaN(targets[row * horizon + lead]) ? missing : present).push(row);
  }
  return [Int32Array.from(present), Int32Array.from(missing)] as const;
}

/** Solves for many right sides; factors a matrix once as long as the same one comes again.
 *  @param pull `[lookback, lookback]`, added to the Gram matrix; null: nothing. */
export function ridgeSolver(lookback: number, pull: Float64Array | null = null) {
  let last: Float64Array | null = null;
  let factor: Float64Array | null = null;
  /** @param right `[lookback]`, becomes the weights: zeros where the rows hold nothing but zeros. */
  return (gram: Float64Array, right: Float64Array): void => {
    if (gram !== last) {
      factor = factorOf(gram, lookback, pull);
      last = gram;
    }
    if (factor === null) right.fill(0);
    else choleskySolve(factor, lookback, right);
  };
}

function factorOf(gram: Float64Array, size: number, pull: Float64Array | null): Float64Array | null {
  let trace = 0;
  for (let i = 0; i < size; i++) trace += gram[i * size + i] as number;
  if (!(trace > 0)) return null;
  const matrix = pull === null ? gram.slice() : gram.map((value, at) => value + (pull[at] as number));
  for (let i = 0; i < size; i++)
    matrix[i * size + i] = (matrix[i * size + i] as number) + (LAMBDA * trace) / size;
  return choleskyFactor(matrix, size);
}
