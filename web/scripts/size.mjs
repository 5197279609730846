// What the schedule route makes a browser fetch, gzipped, against its bounds.
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

const MOST = { js: 190_000, css: 25_000 };
const dist = new URL('../dist/', import.meta.url);
const manifest = JSON.parse(readFileSync(new URL('.vite/manifest.json', dist), 'utf8'));
const route = 'src/features/schedule/Schedule.tsx';
const entry = Object.keys(manifest).find((key) => manifest[key].isEntry);
const texts = 'src/shared/i18n/en.ts';

const files = { js: new Set(), css: new Set() };
function take(key) {
  const chunk = manifest[key];
  if (!chunk) throw new Error(`the build has no ${key}`);
  if (files.js.has(chunk.file)) return;
  files.js.add(chunk.file);
  for (const css of chunk.css ?? []) files.css.add(css);
  for (const next of chunk.imports ?? []) take(next);
}
for (const key of [entry, route, texts]) take(key);

let over = false;
for (const kind of ['js', 'css']) {
  const bytes = [...files[kind]].reduce(
    (sum, f) => sum + gzipSync(readFileSync(new URL(f, dist))).length,
    0,
  );
  console.log(
    `schedule route ${kind}: ${(bytes / 1000).toFixed(1)} kB gzipped of ${MOST[kind] / 1000} kB (${files[kind].size} files)`,
  );
  over ||= bytes > MOST[kind];
}
if (over) {
  console.error('The schedule route outgrew its bounds.');
  process.exit(1);
}
