/** A table on its way in: what a file's sheet becomes, and what was matched by hand before. */
import type {
  ImportField,
  ImportGuess,
  ImportKind,
  ImportRow,
  ImportState,
  ImportTable,
  ReadSheet,
} from '@/shared/api/schema.gen';

/** A sheet with what it is taken for. */
export interface Draft {
  sheet: ReadSheet;
  headings: string[];
  guess: ImportGuess;
  table: ImportTable;
}

/** Which field a heading stood for last, by kind and heading. */
export type Matches = Readonly<Record<string, ImportField | null>>;

const key = (kind: ImportKind, heading: string) => `${kind}/${heading.trim().toLowerCase()}`;

/** The sheet taken for a kind; the likeliest where none is named. */
export function draftOf(sheet: ReadSheet, matches: Matches, kind?: ImportKind): Draft | null {
  const guess = sheet.guesses.find((g) => g.kind === kind) ?? sheet.guesses[0];
  if (!guess) return null;
  const header = sheet.header ?? -1;
  const headings = sheet.rows[header] ?? [];
  const columns = guess.columns.map((guessed, at) => {
    const known = matches[key(guess.kind, headings[at] ?? '')];
    return headings[at] && known !== undefined ? known : guessed;
  });
  // What was chosen by hand wins over a guess of another column.
  const chosen = new Set(columns.filter((field, at) => field && field !== guess.columns[at]));
  const distinct = columns.map((field, at) =>
    field && chosen.has(field) && field === guess.columns[at] ? null : field,
  );
  return {
    sheet,
    headings,
    guess,
    table: { kind: guess.kind, columns: distinct, rows: sheet.rows.slice(header + 1) },
  };
}

/** The table with a column that holds something else; a field is in one column at most. */
export const withColumn = (
  table: ImportTable,
  at: number,
  field: ImportField | null,
): ImportTable => ({
  ...table,
  columns: table.columns.map((now, column) => {
    if (column === at) return field;
    return now === field ? null : now;
  }),
});

export const withCell = (
  table: ImportTable,
  row: number,
  column: number,
  text: string,
): ImportTable => ({
  ...table,
  rows: table.rows.map((cells, at) =>
    at === row ? cells.map((cell, c) => (c === column ? text : cell)) : cells,
  ),
});

export const without = (table: ImportTable, rows: ReadonlySet<number>): ImportTable => ({
  ...table,
  rows: table.rows.filter((_, at) => !rows.has(at)),
});

/** What was matched, to be known again. */
export function matched(draft: Draft, table: ImportTable, matches: Matches): Matches {
  const now: Record<string, ImportField | null> = { ...matches };
  draft.headings.forEach((heading, at) => {
    if (heading) now[key(table.kind, heading)] = table.columns[at] ?? null;
  });
  return now;
}

/** The places of the rows that are in a state. */
export const placesOf = (rows: readonly ImportRow[], state: ImportState | 'all'): number[] =>
  rows.flatMap((row, at) => (state === 'all' || row.state === state ? [at] : []));

/** What is wrong with a cell, or with all of a row where no column is named. */
export const wrongAt = (row: ImportRow | undefined, at: number, column?: number) =>
  (row?.errors ?? []).filter(
    ({ pointer }) => pointer === (column === undefined ? `/rows/${at}` : `/rows/${at}/${column}`),
  );
