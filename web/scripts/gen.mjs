// Generates the API client's types from openapi.json: schema.gen.ts has all schemas and operations, operations.gen.ts the
// method and path of each operation. With --check, only fails if a generated file is not up to date.
import { readFileSync, writeFileSync } from 'node:fs';
import openapiTS, { astToString, COMMENT_HEADER } from 'openapi-typescript';

const METHODS = ['get', 'put', 'post', 'patch', 'delete'];
const document = JSON.parse(readFileSync(new URL('../openapi.json', import.meta.url), 'utf8'));

/** All types; each schema is also exported under its own name. */
async function schema() {
  const options = {
    alphabetize: true,
    rootTypes: true,
    rootTypesNoSchemaPrefix: true,
    rootTypesKeepCasing: true,
  };
  return COMMENT_HEADER + astToString(await openapiTS(structuredClone(document), options));
}

/** Method and path of each operation. Path and query parameters become one object, so their names must differ. */
function operations() {
  const found = [];
  for (const [path, item] of Object.entries(document.paths)) {
    for (const method of METHODS) {
      const operation = item[method];
      if (!operation) continue;
      const parameters = [...(item.parameters ?? []), ...(operation.parameters ?? [])];
      const names = parameters
        .filter((p) => p.in === 'path' || p.in === 'query')
        .map((p) => p.name);
      const twice = names.find((name, i) => names.indexOf(name) !== i);
      if (twice) throw new Error(`${operation.operationId} has two parameters named ${twice}`);
      found.push(`  ${operation.operationId}: '${method.toUpperCase()} ${path}',`);
    }
  }
  const head = "import type { operations } from './schema.gen';\n\n";
  const open = '/** Method and path of each operation. */\nexport const OPERATIONS = {\n';
  const close = '\n} as const satisfies Record<keyof operations, string>;\n';
  return COMMENT_HEADER + head + open + found.sort().join('\n') + close;
}

const files = { 'schema.gen.ts': await schema(), 'operations.gen.ts': operations() };

function current(url) {
  try {
    return readFileSync(url, 'utf8');
  } catch {
    // No file is as stale as an old one.
    return '';
  }
}

let stale = false;
for (const [name, text] of Object.entries(files)) {
  const url = new URL(`../src/shared/api/${name}`, import.meta.url);
  if (!process.argv.includes('--check')) writeFileSync(url, text);
  else if (current(url) !== text) {
    console.error(`src/shared/api/${name} does not match openapi.json: run \`npm run gen\`.`);
    stale = true;
  }
}
if (stale) process.exit(1);
