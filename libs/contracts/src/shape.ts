/** @file Shapes of tensors, as artifacts and programs write them. */

/** Numbers in a tensor; 1 for a scalar. */
export function sizeOfShape(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}
