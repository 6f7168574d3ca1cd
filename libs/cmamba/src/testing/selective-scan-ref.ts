/** @file The recurrence of the selective state space, word for word, in float64. The slow twin of `../selective-scan.ts`.
 *
 *      h_t = exp(delta_t A) h_{t-1} + delta_t B_t x_t        y_t = C_t . h_t                  (CMamba, equations 5 and 6)
 *
 *  Law: nothing here is fast; it is what the fast forms must equal. */

import type { ScanSizes } from '../scan-inputs.js';

export interface ScanReferenceInputs {
  /** `[patches, sequences, inner]` */
  readonly delta: Float64Array;
  readonly x: Float64Array;
  /** `[state]`, negative */
  readonly a: Float64Array;
  /** `[patches, sequences, state]` */
  readonly b: Float64Array;
  readonly c: Float64Array;
  /** `[sequences, state, inner]`; zero where left out */
  readonly initial?: Float64Array;
}

/** @returns y `[patches, sequences, inner]`, the final state `[sequences, state, inner]`, all states in between. */
export function selectiveScanReference(inputs: ScanReferenceInputs, sizes: ScanSizes) {
  const { patches, sequences, inner, state } = sizes;
  const stateLength = sequences * state * inner;
  let h = inputs.initial === undefined ? new Float64Array(stateLength) : inputs.initial.slice();
  const y = new Float64Array(patches * sequences * inner);
  const states: Float64Array[] = [];
  const at = (values: Float64Array, index: number) => values[index] as number;
  for (let t = 0; t < patches; t++) {
    h = h.slice();
    for (let s = 0; s < sequences; s++) {
      const row = t * sequences + s;
      for (let e = 0; e < inner; e++) {
        const delta = at(inputs.delta, row * inner + e);
        const x = at(inputs.x, row * inner + e);
        let sum = 0;
        for (let n = 0; n < state; n++) {
          const index = (s * state + n) * inner + e;
          h[index] =
            Math.exp(delta * at(inputs.a, n)) * at(h, index) + delta * at(inputs.b, row * state + n) * x;
          sum += at(inputs.c, row * state + n) * at(h, index);
        }
        y[row * inner + e] = sum;
      }
    }
    states.push(h);
  }
  return { y, final: h, states };
}
