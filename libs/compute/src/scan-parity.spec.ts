import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ScanForm, trainableScan } from '#cmamba';
import { readSafetensors, type Tensor } from '#model-store';
import * as tf from '@tensorflow/tfjs';
import { expect, test } from 'vitest';
import { compiledExecutor } from './compiled.js';
import { eagerExecutor } from './eager.js';
import type { Program } from './program.js';
import { relativeDifference } from '#cmamba/testing';

const { tensors } = readSafetensors(
  readFileSync(join(import.meta.dirname, '../../../test/fixtures/parity/parity-scan-gradients.safetensors')),
);
const fixture = (name: string) => tensors.get(name) as Tensor;

/** y + D x and the gradients for dy; the official axes are [batch, time, ...], ours begin with time. */
function scanProgram(scanForm: ScanForm): Program {
  const names = ['delta', 'A', 'B', 'C', 'D', 'x', 'dy'];
  const swap = (tensor: tf.Tensor) => tf.transpose(tensor, [1, 0, 2]);
  return {
    name: 'scan',
    constants: [],
    inputs: names.map((name) => ({ name, shape: fixture(name).shape, type: 'float32' })),
    build: (given) => {
      const y = (delta: tf.Tensor, a: tf.Tensor, b: tf.Tensor, c: tf.Tensor, d: tf.Tensor, x: tf.Tensor) => {
        const inputs = { delta: swap(delta), x: swap(x), a, b: swap(b), c: swap(c) };
        return tf.add(swap(trainableScan(inputs, scanForm)), tf.mul(d, x));
      };
      const args = names.slice(0, 6).map((name) => given(name));
      const grads = tf.grads((...args: tf.Tensor[]) =>
        tf.sum(tf.mul(y(...(args as Parameters<typeof y>)), given('dy'))),
      )(args);
      const named = Object.fromEntries(
        names.slice(0, 6).map((name, i) => [`grad/${name}`, grads[i] as tf.Tensor]),
      );
      return { y: y(...(args as Parameters<typeof y>)), ...named };
    },
  };
}

test.each([
  ['by-step', 'compiled'],
  ['by-block', 'compiled'],
  ['by-step', 'eager'],
  ['by-block', 'eager'],
] as const)('the %s scan has the official output and gradients (%s)', async (scanForm, kind) => {
  const executor = kind === 'compiled' ? compiledExecutor() : await eagerExecutor('cpu');
  const program = await executor.prepare(scanProgram(scanForm));
  const feeds = ['delta', 'A', 'B', 'C', 'D', 'x', 'dy'].map((name) => [name, fixture(name).values] as const);
  const results = await program.run(Object.fromEntries(feeds));
  await program.release();
  for (const [name, values] of Object.entries(results)) {
    expect(relativeDifference(values, fixture(name).values), name).toBeLessThan(2e-6);
  }
});
