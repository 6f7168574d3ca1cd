/** @file What a TypeScript file imports, exports and touches, read from its syntax tree.
 *
 *  Law: text in, facts out; no file is opened here, so that a rule can be shown a file that does not exist. Comments
 *  and strings are no facts. */
import ts from 'typescript';

export interface SourceFacts {
  /** From the root of the project, with slashes. */
  readonly path: string;
  /** What it imports or exports from, types included. */
  readonly imports: readonly string[];
  /** Names in its lists of imports and of exports from elsewhere. What is loaded as a whole is not among them. */
  readonly names: readonly ListedName[];
  readonly exportsEverything: boolean;
  /** Uses of the world outside: `Math.random`, `process.env`, `Date.now`, `new Date()`, `setTimeout`, ... */
  readonly touches: readonly string[];
  /** Every name that the file declares or uses. */
  readonly identifiers: ReadonlySet<string>;
}

export interface ListedName {
  readonly from: string;
  /** As it is called where it comes from. */
  readonly name: string;
  /** As it is called here, or exported from here. */
  readonly as: string;
}

/** Objects of the world; any use of one of them counts, by its member's name. */
const WORLD = new Set(['process', 'performance', 'console', 'crypto', 'globalThis']);
/** Functions of the world. */
const WORLD_CALLS = new Set(['setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask', 'fetch']);

/** Reads one file. */
export function readFacts(path: string, text: string): SourceFacts {
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const imports: string[] = [];
  const names: ListedName[] = [];
  const touches: string[] = [];
  const identifiers = new Set<string>();
  let exportsEverything = false;

  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node) && ts.isStringLiteral(node.moduleSpecifier)) {
      imports.push(node.moduleSpecifier.text);
      names.push(...listed(node.moduleSpecifier.text, node.importClause?.namedBindings));
    } else if (
      ts.isExportDeclaration(node) &&
      node.moduleSpecifier &&
      ts.isStringLiteral(node.moduleSpecifier)
    ) {
      if (node.exportClause === undefined || ts.isNamespaceExport(node.exportClause))
        exportsEverything = true;
      imports.push(node.moduleSpecifier.text);
      names.push(...listed(node.moduleSpecifier.text, node.exportClause));
    } else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
      if (ts.isStringLiteral(node.argument.literal)) {
        const from = node.argument.literal.text;
        imports.push(from);
        const name = node.qualifier?.getText();
        if (name !== undefined) names.push({ from, name, as: name });
      }
    } else if (ts.isCallExpression(node)) {
      const [first] = node.arguments;
      const loads =
        node.expression.kind === ts.SyntaxKind.ImportKeyword || node.expression.getText() === 'require';
      if (loads && first !== undefined && ts.isStringLiteral(first)) {
        imports.push(first.text);
      }
      if (ts.isIdentifier(node.expression) && WORLD_CALLS.has(node.expression.text)) {
        touches.push(node.expression.text);
      }
    } else if (ts.isNewExpression(node) && node.expression.getText() === 'Date') {
      if ((node.arguments ?? []).length === 0) touches.push('new Date()');
    } else if (ts.isPropertyAccessExpression(node) || ts.isElementAccessExpression(node)) {
      touches.push(...worldMember(node));
    } else if (ts.isIdentifier(node)) {
      identifiers.add(node.text);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return { path, imports, names, exportsEverything, touches, identifiers };
}

/** The names of a list in braces. */
function listed(
  from: string,
  list: ts.NamedImportBindings | ts.NamedExportBindings | undefined,
): ListedName[] {
  if (list === undefined || ts.isNamespaceImport(list) || ts.isNamespaceExport(list)) return [];
  return list.elements.map(({ propertyName, name }) => ({
    from,
    name: (propertyName ?? name).text,
    as: name.text,
  }));
}

function worldMember(node: ts.PropertyAccessExpression | ts.ElementAccessExpression): string[] {
  const object = node.expression;
  const member = ts.isPropertyAccessExpression(node)
    ? node.name.text
    : ts.isStringLiteral(node.argumentExpression)
      ? node.argumentExpression.text
      : '*';
  if (!ts.isIdentifier(object)) return [];
  const whole = `${object.text}.${member}`;
  return WORLD.has(object.text) || whole === 'Math.random' || whole === 'Date.now' ? [whole] : [];
}
