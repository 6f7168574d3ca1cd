/** @file Cholesky's factor of a symmetric positive definite matrix, and the solutions that it gives (Golub and
 *  Van Loan, Matrix Computations, 4.2). Row-major, plain loops: the matrices here have a lookback's side. */
import { RollcastError } from '#contracts';

/** The lower triangle `G` with `G G' = matrix`.
 *  @param matrix `[size, size]`; only its lower triangle is read. Left as it was.
 *  @throws INTERNAL if the matrix is not positive definite. */
export function choleskyFactor(matrix: Float64Array, size: number): Float64Array {
  const factor = new Float64Array(size * size);
  for (let row = 0; row < size; row++) {
    const begin = row * size;
    for (let column = 0; column <= row; column++) {
      const other = column * size;
      let rest = matrix[begin + column] as number;
      for (let k = 0; k < column; k++) rest -= (factor[begin + k] as number) * (factor[other + k] as number);
      if (column < row) {
        factor[begin + column] = rest / (factor[other + column] as number);
      } else if (rest > 0) {
        factor[begin + row] = Math.sqrt(rest);
      } else {
        throw new RollcastError('INTERNAL', { problem: `row ${row} of a matrix is not positive definite` });
      }
    }
  }
  return factor;
}

/** Solves `G G' x = right` in place.
 *  @param right `[size]`, becomes the solution. */
export function choleskySolve(factor: Float64Array, size: number, right: Float64Array): void {
  for (let row = 0; row < size; row++) {
    let rest = right[row] as number;
    for (let k = 0; k < row; k++) rest -= (factor[row * size + k] as number) * (right[k] as number);
    right[row] = rest / (factor[row * size + row] as number);
  }
  for (let row = size - 1; row >= 0; row--) {
    let rest = right[row] as number;
    for (let k = row + 1; k < size; k++) rest -= (factor[k * size + row] as number) * (right[k] as number);
    right[row] = rest / (factor[row * size + row] as number);
  }
}
