import { useState } from 'react';
import type { AuditItem } from '@/shared/api/schema.gen';
import { useI18n } from '@/shared/i18n/i18n';
import css from './activity.module.css';
import { Name } from './Name';
import { linesOf, type Line, type Part } from './values';

const SHOWN = 4;

/** An event's fields, before and after; what is beyond a few unfolds. */
export function Changes({ item }: { item: AuditItem }) {
  const words = useI18n();
  const { t } = words;
  const [open, setOpen] = useState(false);
  const lines = linesOf(item, words);
  // One line more takes no more room than the button that unfolds it.
  const folds = lines.length > SHOWN + 1;
  const shown = folds && !open ? lines.slice(0, SHOWN) : lines;
  if (lines.length === 0) return null;
  return (
    <>
      <ul className={css.fields}>
        {shown.map((line) => (
          <li key={line.field}>
            <span className={css.field}>{line.label}</span>
            <span className={css.value}>
              {line.list ? <List line={line} /> : <Value line={line} action={item.action} />}
            </span>
          </li>
        ))}
      </ul>
      {folds && (
        <button
          type="button"
          className="text-button"
          aria-expanded={open}
          onClick={() => setOpen(!open)}
        >
          {open ? t.activity.fewer : t.activity.moreFields({ n: lines.length - SHOWN })}
        </button>
      )}
    </>
  );
}

const Parts = ({ parts }: { parts: Part[] }) =>
  parts.map((part, i) => (typeof part === 'string' ? part : <Name key={i} {...part} />));

function Value({ line, action }: { line: Line; action: string }) {
  const { t } = useI18n();
  if (action === 'created') return <Parts parts={line.after} />;
  if (action === 'deleted') return <Parts parts={line.before} />;
  return (
    <>
      <span className={css.before}>
        <Parts parts={line.before} />
      </span>{' '}
      <span aria-hidden="true">→</span>
      <span className="visually-hidden">{t.activity.became}</span>{' '}
      <span>
        <Parts parts={line.after} />
      </span>
    </>
  );
}

function List({ line: { before, after } }: { line: Line }) {
  const { t } = useI18n();
  if (before.length + after.length === 0) return t.activity.reordered;
  return (
    <>
      {before.length > 0 && (
        <span className={css.before}>
          {t.activity.listRemoved} <Parts parts={before} />
        </span>
      )}
      {before.length > 0 && after.length > 0 && '; '}
      {after.length > 0 && (
        <span>
          {t.activity.listAdded} <Parts parts={after} />
        </span>
      )}
    </>
  );
}
