/** @file Starts the service trainer. */
import { start } from '#platform';
import { TrainerModule } from './trainer.module.js';

void start(TrainerModule, { name: 'trainer', port: 3002 });
