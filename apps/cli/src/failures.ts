/** @file The ways in which a command ends other than well.
 *
 *  Exit codes: 0 done, 1 failed, 2 not understood, 128 + signal interrupted (Ctrl-C: 130). */
import { constants } from 'node:os';

/** What a person asked for did not come about; the message is for that person and needs no stack. */
export class CommandFailed extends Error {
  override readonly name = 'CommandFailed';
}

/** A signal ended the command before it was done. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
  readonly exitCode: number;

  constructor(readonly by: 'SIGINT' | 'SIGTERM' | 'SIGHUP') {
    super(`interrupted by ${by}`);
    this.exitCode = 128 + constants.signals[by];
  }
}
