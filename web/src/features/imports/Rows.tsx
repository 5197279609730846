import { Button } from '@mantine/core';
import { useState } from 'react';
import type { ImportPreview, ImportState, ImportTable } from '@/shared/api/schema.gen';
import { useI18n } from '@/shared/i18n/i18n';
import { sayProblem } from '@/shared/i18n/problem';
import { IconButton } from '@/shared/ui/primitives';
import ui from '@/shared/ui/ui.module.css';
import { placesOf, withCell, withColumn, without, wrongAt, type Draft } from './table';
import css from './imports.module.css';

const STATES: (ImportState | 'all')[] = ['all', 'new', 'changed', 'same', 'wrong'];
/** So many rows are shown at a time. */
const PAGE = 100;
const KINDS = {
  new: 'ok',
  changed: 'ok',
  same: undefined,
  wrong: 'warn',
  empty: undefined,
} as const;

interface RowsProps {
  draft: Draft;
  table: ImportTable;
  change: (table: ImportTable) => void;
  preview: ImportPreview | undefined;
  state: ImportState | 'all';
  show: (state: ImportState | 'all') => void;
}

/** The rows of a table with what each would be: its columns are matched in the head, its cells corrected in place. */
export function Rows({ draft, table, change, preview, state, show }: RowsProps) {
  const words = useI18n();
  const { t, f } = words;
  const [most, setMost] = useState(PAGE);
  const rows = preview?.rows ?? [];
  const places = preview ? placesOf(rows, state) : table.rows.map((_, at) => at);
  const headings = table.columns.map((_, at) => {
    const heading = draft.headings[at]?.trim();
    return heading ? t.imports.column({ n: at + 1, heading }) : t.imports.unnamed({ n: at + 1 });
  });
  const countOf = (one: ImportState | 'all') =>
    one === 'all' ? rows.length : (preview?.counts[one] ?? 0);
  return (
    <>
      {preview && (
        <div className={css.states} role="group" aria-label={t.imports.shown}>
          {STATES.filter((one) => one === 'all' || countOf(one) > 0).map((one) => (
            <Button
              key={one}
              variant="default"
              aria-pressed={one === state}
              data-active={one === state}
              onClick={() => {
                show(one);
                setMost(PAGE);
              }}
            >
              {`${one === 'all' ? t.imports.all : t.imports.states[one]} ${f.number(countOf(one))}`}
            </Button>
          ))}
        </div>
      )}
      <div className={ui.tableFrame} tabIndex={0} role="region" aria-label={t.imports.title}>
        <table className={`${ui.table} ${css.rows}`}>
          <thead>
            <tr>
              <th scope="col">{t.imports.row}</th>
              {table.columns.map((field, at) => (
                <th key={headings[at]} scope="col">
                  <span>{draft.headings[at] || headings[at]}</span>
                  <select
                    aria-label={headings[at]}
                    value={field ?? ''}
                    onChange={(e) => {
                      const chosen = draft.guess.fields.find((one) => one === e.target.value);
                      change(withColumn(table, at, chosen ?? null));
                    }}
                  >
                    <option value="">{t.imports.leaveOut}</option>
                    {draft.guess.fields.map((one) => (
                      <option key={one} value={one}>
                        {t.imports.fields[one]}
                      </option>
                    ))}
                  </select>
                </th>
              ))}
              <th scope="col">
                <span className="visually-hidden">{t.resource.actions}</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {places.slice(0, most).map((at) => (
              <tr key={at}>
                <th scope="row" className={css.place}>
                  {f.number(at + 1)}{' '}
                  {rows[at] && (
                    <span className={ui.badge} data-kind={KINDS[rows[at].state]}>
                      {t.imports.states[rows[at].state]}
                    </span>
                  )}
                  {wrongAt(rows[at], at).map((error) => (
                    <span key={error.code} className={css.wrong}>
                      {sayProblem(error, words)}
                    </span>
                  ))}
                </th>
                {table.columns.map((field, column) => {
                  const errors = field ? wrongAt(rows[at], at, column) : [];
                  const id = `wrong-${at}-${column}`;
                  return (
                    <td
                      key={headings[column]}
                      data-out={field === null}
                      data-changed={rows[at]?.changes.some((c) => c.column === column)}
                    >
                      <input
                        value={table.rows[at]?.[column] ?? ''}
                        aria-label={t.imports.cell({ row: at + 1, column: headings[column] ?? '' })}
                        aria-invalid={errors.length > 0}
                        aria-describedby={errors.length > 0 ? id : undefined}
                        onChange={(e) => change(withCell(table, at, column, e.target.value))}
                      />
                      {errors.length > 0 && (
                        <span id={id} className={css.wrong}>
                          {errors.map((error) => sayProblem(error, words)).join(' ')}
                        </span>
                      )}
                    </td>
                  );
                })}
                <td>
                  <IconButton
                    icon="close"
                    label={t.imports.remove({ row: at + 1 })}
                    onClick={() => change(without(table, new Set([at])))}
                  />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {places.length === 0 && <p className={ui.hint}>{t.imports.none}</p>}
      {places.length > most && (
        <Button variant="default" onClick={() => setMost(most + PAGE)}>
          {t.action.more}
        </Button>
      )}
    </>
  );
}
