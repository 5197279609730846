import { useI18n } from '@/shared/i18n/i18n';
import css from './schedule.module.css';

/** The list that `?` opens. */
export function Keys() {
  const { t } = useI18n();
  const k = t.schedule.keyList;
  const rows: [string, string][] = [
    ['← ↑ → ↓', k.arrows],
    ['Enter', k.enter],
    ['␣', k.space],
    ['N', k.n],
    ['M', k.m],
    ['R', k.r],
    ['S', k.s],
    ['Delete', k.delete],
    ['[  ]', k.brackets],
    ['T', k.t],
    ['+  −', k.zoom],
    ['F', k.f],
    ['Ctrl Z · Ctrl ⇧ Z', k.undo],
    ['?', k.help],
  ];
  return (
    <>
      <h2 tabIndex={-1} ref={(e) => e?.focus()}>
        {t.schedule.keys}
      </h2>
      <dl className={css.keys}>
        {rows.map(([key, what]) => (
          <div key={key} className={css.keyRow}>
            <dt>{key}</dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
    </>
  );
}
