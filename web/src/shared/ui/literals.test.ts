import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const source = new URL('../../', import.meta.url);
const sheets = (readdirSync(source, { recursive: true }) as string[]).filter(
  (f) => f.endsWith('.css') && !f.endsWith('tokens.css'),
);

it('finds the style sheets', () => expect(sheets.length).toBeGreaterThan(3));

it.each(sheets)('%s takes its colours and pixels from the tokens', (file) => {
  const text = readFileSync(new URL(file, source), 'utf8').replace(/\/\*.*?\*\//gs, '');
  const found = text.match(
    /#[0-9a-fA-F]{3,8}\b(?![^{}]*\{)|\b\d+(\.\d+)?px\b|\b(rgba?|hsla?|oklch)\(/g,
  );
  expect(found).toBeNull();
});
