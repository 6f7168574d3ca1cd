/** @file What a TypeScript file imports, exports and touches, read from its syntax tree.
 *
 *  Law: text in, facts out; no file is opened here, so that a rule can be shown a file that does not exist. Comments
 *  and strings are no facts. */
import ts from 'typescript';

export interface ImportFact {
  readonly specifier: string;
  /** Gone after compiling. */
  readonly typeOnly: boolean;
}

export interface SourceFacts {
  /** From the root of the project, with slashes. */
  readonly path: string;
  readonly imports: readonly ImportFact[];
  readonly exportsEverything: boolean;
  /** Uses of the world outside: `Math.random`, `process.env`, `Date.now`, `new Date()`, `setTimeout`, ... */
  readonly touches: readonly string[];
  /** Every name that the file declares or uses. */
  readonly identifiers: ReadonlySet<string>;
}

/** Objects of the world; any use of one of them counts, by its member's name. */
const WORLD = new Set(['process', 'performance', 'console', 'crypto', 'globalThis']);
/** Functions of the world. */
const WORLD_CALLS = new Set(['setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask', 'fetch']);

/** Reads one file. */
export function readFacts(path: string, text: string): SourceFacts {
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const imports: ImportFact[] = [];
  const touches: string[] = [];
  const identifiers = new Set<string>();
  let exportsEverything = false;

  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node) && ts.isStringLiteral(node.moduleSpecifier)) {
      imports.push({ specifier: node.moduleSpecifier.text, typeOnly: importsOnlyTypes(node) });
    } else if (
      ts.isExportDeclaration(node) &&
      node.moduleSpecifier &&
      ts.isStringLiteral(node.moduleSpecifier)
    ) {
      if (node.exportClause === undefined || ts.isNamespaceExport(node.exportClause))
        exportsEverything = true;
      imports.push({ specifier: node.moduleSpecifier.text, typeOnly: exportsOnlyTypes(node) });
    } else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
      if (ts.isStringLiteral(node.argument.literal)) {
        imports.push({ specifier: node.argument.literal.text, typeOnly: true });
      }
    } else if (ts.isCallExpression(node)) {
      const [first] = node.arguments;
      const loads =
        node.expression.kind === ts.SyntaxKind.ImportKeyword || node.expression.getText() === 'require';
      if (loads && first !== undefined && ts.isStringLiteral(first)) {
        imports.push({ specifier: first.text, typeOnly: false });
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
  return { path, imports, exportsEverything, touches, identifiers };
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

function importsOnlyTypes({ importClause }: ts.ImportDeclaration): boolean {
  if (importClause === undefined) return false;
  if (importClause.isTypeOnly) return true;
  const bindings = importClause.namedBindings;
  return (
    importClause.name === undefined &&
    bindings !== undefined &&
    ts.isNamedImports(bindings) &&
    bindings.elements.length > 0 &&
    bindings.elements.every(({ isTypeOnly }) => isTypeOnly)
  );
}

function exportsOnlyTypes(node: ts.ExportDeclaration): boolean {
  if (node.isTypeOnly) return true;
  return (
    node.exportClause !== undefined &&
    ts.isNamedExports(node.exportClause) &&
    node.exportClause.elements.length > 0 &&
    node.exportClause.elements.every(({ isTypeOnly }) => isTypeOnly)
  );
}
