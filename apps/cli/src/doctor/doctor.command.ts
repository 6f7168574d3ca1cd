/** @file `rollcast doctor`: what is reachable, what is missing, and what to do about it. */
import { Command } from 'commander';
import type { Context } from '../context.js';
import { example, jsonOption } from '../help.js';
import type { DoctorOptions } from './doctor.js';

export function doctorCommand(context: Context): Command {
  return new Command('doctor')
    .summary('look at this machine and at what it reaches')
    .description(
      'Look at this machine and at what the environment names: Node, Kafka, Redis, programs, disk, ports, and which executor computes and why. Exit code 1 if something fails.',
    )
    .addOption(jsonOption())
    .addHelpText('after', example('KAFKA_BROKERS=kafka-1:9092 rollcast doctor'))
    .action(async (options: DoctorOptions) => (await import('./doctor.js')).doctor(context, options));
}
