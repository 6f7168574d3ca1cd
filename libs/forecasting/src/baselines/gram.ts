/** @file The two sums of the normal equations over many rows, four rows at a time.
 *
 *  Law: the result is that of the plain sums up to rounding, and the same bits every time: the order of the rows
 *  decides, nothing else. */

/** Adds `sign * sum over rows of input' input` to the lower triangle of `gram`.
 *  @param inputs `[.., width]`, row-major.
 *  @param rows which of them.
 *  @param gram `[width, width]`; its upper triangle is not touched. */
export function addGram(
  inputs: Float64Array,
  width: number,
  rows: Int32Array,
  sign: 1 | -1,
  gram: Float64Array,
): void {
  const zeros = inputs.length;
  // Past the end a typed array reads undefined: a row of zeros stands in where the rows do not divide by four.
  const a = new Float64Array(width);
  const b = new Float64Array(width);
  const c = new Float64Array(width);
  const d = new Float64Array(width);
  const load = (index: number, into: Float64Array) => {
    const row = rows[index];
    const begin = row === undefined ? zeros : row * width;
    into.fill(0);
    into.set(inputs.subarray(begin, begin + width));
  };
  for (let first = 0; first < rows.length; first += 4) {
    load(first, a);
    load(first + 1, b);
    load(first + 2, c);
    load(first + 3, d);
    for (let i = 0, at = 0; i < width; i++, at = i * width) {
      const ai = sign * (a[i] as number);
      const bi = sign * (b[i] as number);
      const ci = sign * (c[i] as number);
      const di = sign * (d[i] as number);
      for (let j = 0; j <= i; j++) {
        gram[at + j] =
          (gram[at + j] as number) +
          (ai * (a[j] as number) + bi * (b[j] as number) + (ci * (c[j] as number) + di * (d[j] as number)));
      }
    }
  }
}

/** Adds `sum over rows of input' target` to `projected`; a target that is NaN adds nothing.
 *  @param inputs `[rows, width]`. @param targets `[rows, leads]`. @param projected `[width, leads]`. */
export function addProjected(
  inputs: Float64Array,
  targets: Float64Array,
  width: number,
  leads: number,
  rows: number,
  projected: Float64Array,
): void {
  const target = new Float64Array(leads);
  for (let row = 0; row < rows; row++) {
    for (let lead = 0; lead < leads; lead++) {
      const value = targets[row * leads + lead] as number;
      target[lead] = Number.isNaN(value) ? 0 : value;
    }
    for (let i = 0; i < width; i++) {
      const input = inputs[row * width + i] as number;
      const at = i * leads;
      for (let lead = 0; lead < leads; lead++) {
        projected[at + lead] = (projected[at + lead] as number) + input * (target[lead] as number);
      }
    }
  }
}
