/** @file `rollcast stream`: definitions of a running Rollcast. */
import { Command } from 'commander';
import { streamName } from './arguments.js';
import type { Context } from './context.js';
import { example, jsonOption, urlOption } from './help.js';
import type { StreamOptions } from './stream.js';

export function streamCommand(context: Context): Command {
  const stream = new Command('stream')
    .summary('list, show, define and delete streams')
    .description('List, show, define and delete streams.')
    .addHelpText('after', example('rollcast stream put weather definition.json'));
  stream
    .command('list')
    .description('All streams, with what a series of each costs.')
    .addOption(urlOption())
    .addOption(jsonOption())
    .action(async (options: StreamOptions) => (await import('./stream.js')).listStreams(context, options));
  stream
    .command('show')
    .description('One definition, with its defaults, as JSON.')
    .argument('<name>', 'of the stream', streamName)
    .addOption(urlOption())
    .action(async (name: string, options: StreamOptions) =>
      (await import('./stream.js')).showStream(context, name, options),
    );
  stream
    .command('put')
    .description(
      'Define a stream, or change the policies of an existing one (its channels, frequency, lookback, horizon, season and model.memory stay).',
    )
    .argument('<name>', 'of the stream', streamName)
    .argument('<file>', 'JSON: channels, frequency and what differs from the defaults; - reads stdin')
    .addOption(urlOption())
    .addOption(jsonOption())
    .action(async (name: string, file: string, options: StreamOptions) =>
      (await import('./stream.js')).putStream(context, name, file, options),
    );
  stream
    .command('delete')
    .description('Delete a definition; what was forecast stays in Kafka, new readings become dead letters.')
    .argument('<name>', 'of the stream', streamName)
    .addOption(urlOption())
    .action(async (name: string, options: StreamOptions) =>
      (await import('./stream.js')).deleteStream(context, name, options),
    );
  return stream;
}
