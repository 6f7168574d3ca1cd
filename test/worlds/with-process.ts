/** @file A task whose batches a test handles in its own way, before or after the task's own: everything else of it is as
 *  it was. */
import type { OpenPartition, PartitionTask } from '#kafka';

type Process = OpenPartition['process'];

/** @param process given the batch and the task's own way with it */
export function withProcess(
  task: PartitionTask,
  process: (own: Process, batch: Parameters<Process>[0]) => ReturnType<Process>,
): PartitionTask {
  return {
    ...task,
    open: async (restored) => {
      const open = await task.open(restored);
      return {
        process: (batch) => process((records) => open.process(records), batch),
        reject: (record, error) => open.reject(record, error),
        committed: (written) => open.committed?.(written),
        close: () => open.close?.(),
      };
    },
  };
}
