/** @file Records of the topic `models`. */
import { ModelRecord, modelRecordKey } from '#contracts';
import { recordReader } from './record-table.js';

/** @returns a text: why it is none */
export const readModelRecord = recordReader(ModelRecord, modelRecordKey);
