import * as tf from '@tensorflow/tfjs';
import { describe, expect, test } from 'vitest';
import { chooseExecutor } from './executor-choice.js';

/** Stands in for the native package: brings a backend under its name. */
const native = async () => tf.registerBackend('tensorflow', () => new tf.MathBackendCPU());

describe('the choice of an executor', () => {
  test('falls back to the compiled one where the native package does not load, and says why', async () => {
    // The package itself, or its native library, is missing wherever the tests run without a GPU.
    const missing = () => Promise.reject(new Error('native addon module can not be found\nlong advice'));
    const { executor, reason } = await chooseExecutor({ load: missing });
    expect(executor.kind).toBe('compiled');
    expect(reason).toMatch(/^ONNX Runtime .*no GPU executor .*native addon module can not be found\)$/);
  });

  test.each([
    [
      "The native addon module (tfjs_binding.node) can not be found at path: /home/me/it's/tfjs_binding.node",
      undefined,
      'The native addon module (tfjs_binding.node) can not be found',
    ],
    [
      "Cannot find package '@tensorflow/tfjs-node-gpu' imported from /srv/rollcast/dist/eager.js",
      'ERR_MODULE_NOT_FOUND',
      "ERR_MODULE_NOT_FOUND, Cannot find package '@tensorflow/tfjs-node-gpu'",
    ],
    [
      'libcudart.so.11.0: cannot open shared object file: No such file or directory',
      'ERR_DLOPEN_FAILED',
      'ERR_DLOPEN_FAILED, libcudart.so.11.0: cannot open shared object file: No such file or directory',
    ],
    ['no module at C:\\Users\\me\\tfjs.node', undefined, 'no module'],
  ])('says no path of this machine: %s', async (message, code, said) => {
    const load = () => Promise.reject(Object.assign(new Error(message), code === undefined ? {} : { code }));
    const { reason } = await chooseExecutor({ load });
    expect(reason.slice(reason.indexOf('@tensorflow'))).toBe(`@tensorflow/tfjs-node-gpu: ${said})`);
  });

  test('survives the real optional package, whatever its state here', async () => {
    const before = tf.getBackend();
    const { executor, reason } = await chooseExecutor();
    expect(['compiled', 'eager']).toContain(executor.kind);
    expect(reason).toContain(executor.description);
    expect(reason).not.toContain(process.cwd());
    expect(tf.getBackend()).toBe(before);
  });

  test('does not take a package that brings no backend, or one that cannot multiply', async () => {
    expect((await chooseExecutor({ load: async () => undefined })).reason).toMatch(/nobody brings it/);
    await expect(chooseExecutor({ wish: 'tensorflow', load: async () => undefined })).rejects.toThrow(
      /"tensorflow" cannot be used/,
    );
  });

  test('is as configured where something is demanded', async () => {
    expect((await chooseExecutor({ wish: 'compiled', threads: 2 })).reason).toMatch(
      /2 threads, as configured/,
    );
    expect((await chooseExecutor({ wish: 'cpu' })).executor.description).toMatch(/backend cpu/);
    expect((await chooseExecutor({ wish: 'wasm' })).executor.description).toMatch(/backend wasm/);
  });
});

test('a stand-in native backend is taken only if it says that it uses a GPU', async () => {
  // The kernels are those of the cpu backend, under the native backend's name.
  tf.copyRegisteredKernels('cpu', 'tensorflow');
  try {
    const onCpu = await chooseExecutor({ load: native, usesGpu: () => false });
    expect(onCpu.executor.kind).toBe('compiled');
    expect(onCpu.reason).toMatch(/finds no GPU/);
    const onGpu = await chooseExecutor({ load: native, usesGpu: () => true });
    expect(onGpu.executor.kind).toBe('eager');
    expect(onGpu.executor.scanForm).toBe('by-block');
    expect(onGpu.reason).toMatch(/passed its self-test/);
  } finally {
    tf.removeBackend('tensorflow');
  }
});
