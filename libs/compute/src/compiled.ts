/** @file The compiled executor: a program is traced once into an ONNX graph that ONNX Runtime's CPU provider runs.
 *
 *  Law: the only file that knows ONNX Runtime. Its Node binding computes on the thread that calls it: a training step
 *  (tens of milliseconds) belongs in a worker thread, a forecast tile (under a millisecond) does not. One thread and no
 *  spinning unless told otherwise: services share cores. */
import ort from 'onnxruntime-node';
import { type Executor, feedOf, type Feeds, type PreparedProgram, type Results } from './executor.js';
import type { Program } from './program.js';
import { record, type RecordedProgram } from './recording-backend.js';

export interface CompiledOptions {
  /** Threads inside one operation. More than one never changes a bit (a test), and rarely pays for such sizes. */
  readonly threads?: number;
}

/** @example const executor = compiledExecutor({ threads: 1 }); const program = await executor.prepare(p); */
export function compiledExecutor({ threads = 1 }: CompiledOptions = {}): Executor {
  const version =
    (ort as { env?: { versions?: { node?: string } } }).env?.versions?.node ?? 'of this package';
  return {
    kind: 'compiled',
    description: `ONNX Runtime ${version}, CPU, ${threads === 1 ? '1 thread' : `${threads} threads`}`,
    scanForm: 'by-step',
    prepare: async (program) => {
      const recorded = record(program);
      const session = await ort.InferenceSession.create(recorded.bytes, {
        executionProviders: ['cpu'],
        intraOpNumThreads: threads,
        interOpNumThreads: 1,
        executionMode: 'sequential',
        graphOptimizationLevel: 'all',
        logSeverityLevel: 3,
        extra: { session: { intra_op: { allow_spinning: '0' } } },
      });
      return new CompiledProgram(program, recorded, session);
    },
  };
}

class CompiledProgram implements PreparedProgram {
  constructor(
    private readonly program: Program,
    private readonly recorded: RecordedProgram,
    private readonly session: ort.InferenceSession,
  ) {}

  async run(feeds: Feeds): Promise<Results> {
    const tensors: Record<string, ort.Tensor> = {};
    for (const input of this.program.inputs) {
      tensors[input.name] = new ort.Tensor(input.type, feedOf(feeds, input), [...input.shape]);
    }
    const results = await this.session.run(tensors);
    return Object.fromEntries(
      this.recorded.outputs.map(({ name }) => [name, (results[name] as ort.Tensor).data as Float32Array]),
    );
  }

  release(): Promise<void> {
    return this.session.release();
  }
}
