/** @file The environment, read once: variables in, one typed frozen tree out, or one message with every problem.
 *
 *  Law: nothing else in a service reads process.env. A refusal names the variable, says what was found (never a
 *  secret) and what to write instead. A variable that begins with ROLLCAST_ and that nobody knows is refused: a
 *  mistyped name must not mean "the default". An empty value counts as unset. */
import { z } from 'zod';
import { RollcastError } from '#contracts';
import { nearestName } from './nearest-name.js';
import { hidePasswords } from './secrets.js';

/** Schemas by variable name. `describe` says what to write; `meta({ secret: true })` keeps the value out of messages. */
export type Variables = Readonly<Record<string, z.ZodType>>;

type Values<V extends Variables> = { readonly [Name in keyof V]: z.output<V[Name]> };

export interface EnvironmentSpec<V extends Variables, Tree> {
  readonly variables: V;
  /** Rules between variables; asked once each variable alone is right. */
  readonly rules?: (values: Values<V>, complain: (name: keyof V & string, problem: string) => void) => void;
  /** Makes the tree that the service sees. */
  readonly tree: (values: Values<V>) => Tree;
  /** ROLLCAST_ names that belong to neighbours under the same environment. */
  readonly neighbours?: readonly string[];
}

export type EnvironmentSource = Readonly<Record<string, string | undefined>>;

const OURS = 'ROLLCAST_';

/** Reads and checks everything.
 *  @throws RollcastError BAD_CONFIGURATION, a line a problem */
export function readEnvironment<V extends Variables, Tree>(
  spec: EnvironmentSpec<V, Tree>,
  source: EnvironmentSource = process.env,
): Tree {
  const problems = unknownNames(spec, source);
  const values: Record<string, unknown> = {};
  for (const [name, schema] of Object.entries(spec.variables)) {
    const found = source[name] === '' ? undefined : source[name];
    const result = schema.safeParse(found);
    if (result.success) values[name] = result.data;
    else problems.push(refusal(name, schema, found, result.error));
  }
  // Every name of the shape has been parsed by its own schema, or there is a problem and nobody sees the values.
  const complete = values as Values<V>;
  if (problems.length === 0) spec.rules?.(complete, (name, problem) => problems.push(`${name}: ${problem}`));
  if (problems.length > 0) throw new RollcastError('BAD_CONFIGURATION', { problem: problems.join('\n') });
  return deepFreeze(spec.tree(complete));
}

function unknownNames<V extends Variables, Tree>(
  { variables, neighbours = [] }: EnvironmentSpec<V, Tree>,
  source: EnvironmentSource,
): string[] {
  const known = [...Object.keys(variables), ...neighbours];
  return Object.keys(source)
    .filter((name) => name.startsWith(OURS) && !known.includes(name))
    .map((name) => {
      const meant = nearestName(name, known);
      return `${name}: no such variable${meant === undefined ? '' : `; write ${meant}`}`;
    });
}

function refusal(name: string, schema: z.ZodType, found: string | undefined, error: z.ZodError): string {
  const { secret, description } = metaOf(schema);
  const said = secret === true ? 'a value that is not shown' : `"${hidePasswords(found ?? '')}"`;
  const write = description ?? error.issues.map(({ message }) => message).join('; ');
  return found === undefined ? `${name}: not set; write ${write}` : `${name}: found ${said}; write ${write}`;
}

/** What was said of a schema, also before it was made optional or given a default. */
function metaOf(schema: z.ZodType): { secret?: unknown; description?: string | undefined } {
  const meta = schema.meta();
  if (meta !== undefined) return meta;
  const wrapped =
    schema instanceof z.ZodOptional || schema instanceof z.ZodDefault ? schema.unwrap() : undefined;
  return wrapped instanceof z.ZodType ? metaOf(wrapped) : {};
}

function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  Object.values(value).forEach(deepFreeze);
  return Object.freeze(value);
}
