// Generates src/shared/api/schema.gen.ts from openapi.json, the server's own snapshot; with --check, only says whether it is fresh.
import { readFileSync, writeFileSync } from 'node:fs';
import openapiTS, { astToString, COMMENT_HEADER } from 'openapi-typescript';

const source = new URL('../openapi.json', import.meta.url);
const target = new URL('../src/shared/api/schema.gen.ts', import.meta.url);
const text =
  COMMENT_HEADER +
  astToString(await openapiTS(JSON.parse(readFileSync(source, 'utf8')), { alphabetize: true }));

if (process.argv.includes('--check')) {
  let now = '';
  try {
    now = readFileSync(target, 'utf8');
  } catch {
    // No file is as stale as an old one.
  }
  if (now !== text) {
    console.error('src/shared/api/schema.gen.ts does not match openapi.json: run `npm run gen`.');
    process.exit(1);
  }
} else {
  writeFileSync(target, text);
}
