/** @file Passwords never leave a process by its messages or its log.
 *
 *  Law: it works on text that is no valid URL as well: a typing mistake must not print the password. */

/** Fields of these names are never written to a log, at any depth that `REDACTED_PATHS` reaches. */
const SECRET_FIELDS = ['password', 'passphrase', 'secret', 'token', 'authorization', 'cookie'];

/** Paths for the logger, four levels deep; deeper objects do not belong in a log line. */
export const REDACTED_PATHS = SECRET_FIELDS.flatMap((field) => [
  field,
  `*.${field}`,
  `*.*.${field}`,
  `*.*.*.${field}`,
]);

/** The text of one setting with every password in it replaced by `***`, URL or not. */
export function hidePasswords(text: string): string {
  return (
    text
      // user:password@ ; the password may itself hold an @ or a slash, so all up to the last @ of the word.
      .replace(/((?:^|[\s,]|:\/\/)[^\s,:@/]*):(?!\/\/)[^\s,]*@/g, '$1:***@')
      .replace(PASSWORD_PARAMETER, '$1***')
  );
}

/** The same for a line of JSON that may hold URLs anywhere; touches nothing but URLs. */
export function hidePasswordsInLine(line: string): string {
  return line.replace(/(:\/\/[^\s:@/"]*):[^\s"]*@/g, '$1:***@').replace(PASSWORD_PARAMETER, '$1***');
}

const PASSWORD_PARAMETER = /([?&](?:password|pass|token|secret)=)[^&\s#"]*/gi;
