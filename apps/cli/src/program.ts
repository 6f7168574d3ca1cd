/** @file All commands in one program. It does nothing but put them together. */
import { Command } from 'commander';
import type { Context } from './context.js';
import { example } from './help.js';
import { backtestCommand } from './backtest.command.js';
import { demoCommand } from './demo/demo.command.js';
import { doctorCommand } from './doctor/doctor.command.js';
import { forecastsCommand } from './forecasts.command.js';
import { modelsCommand } from './models.command.js';
import { replayCommand } from './replay/replay.command.js';
import { streamCommand } from './stream.command.js';
import { topicsCommand } from './topics.command.js';
import { trainCommand } from './train.command.js';
import { upCommand } from './up/up.command.js';

/** @throws CommanderError instead of ending the process: `runProgram` turns it into an exit code */
export function buildProgram(context: Context): Command {
  const program = new Command('rollcast')
    .description('Rolling forecasts with honest intervals for every sensor series on Kafka.')
    .version(VERSION)
    .addHelpText('after', example('rollcast demo'));
  const commands = [
    demoCommand(context),
    upCommand(context),
    doctorCommand(context),
    topicsCommand(context),
    replayCommand(context),
    streamCommand(context),
    trainCommand(context),
    modelsCommand(context),
    forecastsCommand(context),
    backtestCommand(context),
  ];
  for (const command of commands) program.addCommand(command);
  for (const command of everyCommand(program)) {
    command
      .exitOverride()
      .showHelpAfterError('(--help shows what can be written)')
      .configureOutput({
        writeOut: (text) => context.console.print(text.trimEnd()),
        writeErr: (text) => context.console.say(text.trimEnd()),
        getOutHelpWidth: () => context.console.columns,
        getErrHelpWidth: () => context.console.columns,
      });
  }
  return program;
}

/** Equal to the version in package.json (a test compares them). */
const VERSION = '0.1.0';

function everyCommand(command: Command): Command[] {
  return [command, ...command.commands.flatMap(everyCommand)];
}
