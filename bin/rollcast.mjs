#!/usr/bin/env node
/** @file The command line: makes the clone ready, then is the command. One process, so that arguments, signals and
 *  the exit code need no passing on. */
import { prepare } from './prepare.mjs';

prepare();
await import('../dist/apps/cli/src/main.js');
