/** @file Is a schedule's cron expression one, in a time zone that there is?
 *
 *  Law: whatever passes here comes due one day: it is read by the parser that BullMQ reads it with, of the same
 *  version, and asked for its next time. That parser also takes four fields, and names like @daily, which the
 *  definition does not promise; they are refused. Only what is put in force anew is checked: a stored definition stays
 *  readable, and the trainer says what it cannot keep. */
import { CronExpressionParser } from 'cron-parser';
import type { StreamDefinition } from '#contracts';

/** What is wrong with a definition's schedule, with the field; null: nothing, or there is none. */
export function cronProblem({ retraining: { schedule } }: StreamDefinition): string | null {
  if (schedule === null || !('cron' in schedule)) return null;
  const { cron, timezone } = schedule;
  const field = (name: 'cron' | 'timezone', problem: string) => `retraining.schedule.${name}: ${problem}`;
  if (!isTimezone(timezone))
    return field('timezone', `"${timezone}" is no time zone: write one like Europe/Berlin`);
  const fields = cron.trim().split(/\s+/).length;
  if (fields < 5 || fields > 6) return field('cron', `"${cron}" has ${fields} fields: write five or six`);
  try {
    CronExpressionParser.parse(cron, { tz: timezone }).next();
    return null;
  } catch (error) {
    return field('cron', `"${cron}" is no cron expression (${(error as Error).message})`);
  }
}

function isTimezone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}
