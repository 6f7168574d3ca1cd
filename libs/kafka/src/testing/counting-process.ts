/** @file A process that runs the counting task on a real broker, to be killed: started by tests with `fork`.
 *
 *  Argument: JSON of `CountingProcessOptions`. Messages to the parent: `{ opened }`, `{ records }` (all committed
 *  so far), `{ state, reason }`. Ends when its parent does; `stop` as a message ends it in order. */
import process from 'node:process';
import { KafkaClient } from '../client.js';
import { silentLogger } from '../kafka-logger.js';
import { PartitionRunner } from '../partition-runner.js';
import { countingTask } from './counting-task.js';

export interface CountingProcessOptions {
  readonly brokers: readonly string[];
  readonly prefix: string;
  readonly name: string;
  readonly groupId: string;
  readonly inputTopic: string;
  readonly outputTopic: string;
  readonly changelogTopic: string;
  readonly sessionTimeoutMs: number;
}

function run(options: CountingProcessOptions): void {
  const say = (message: Record<string, unknown>): void => void process.send?.(message);
  const { brokers, prefix, name, groupId, sessionTimeoutMs } = options;
  let records = 0;
  const runner = new PartitionRunner({
    client: new KafkaClient({ brokers, prefix, clientId: name }, silentLogger),
    task: countingTask({ ...options, onOpen: ({ partition }) => say({ opened: partition }) }),
    groupId,
    sessionTimeoutMs,
    rebalanceTimeoutMs: sessionTimeoutMs,
    transactionTimeoutMs: 10_000,
    batchLimits: { batchRecords: 100 },
    onCommitted: (batch) => {
      records += batch.records;
      say({ records });
    },
    onState: ({ state, reason }) => say({ state, reason }),
    onCrash: () => process.exit(1),
  });
  process.on('disconnect', () => process.exit(0));
  process.on('message', (message) => {
    if (message === 'stop') void runner.stop().then(() => process.exit(0));
  });
  runner.start();
}

run(JSON.parse(process.argv[2] ?? '{}') as CountingProcessOptions);
