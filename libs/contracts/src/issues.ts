/** @file What a schema has to say, as one line a person can act on. */
import type { z } from 'zod';

/** `channels.0.name: too short; frequency: write a duration like ...` */
export function describeIssues(error: z.ZodError): string {
  return error.issues
    .map((issue) =>
      issue.path.length === 0 ? issue.message : `${issue.path.map(String).join('.')}: ${issue.message}`,
    )
    .join('; ');
}
