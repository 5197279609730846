import { useI18n } from '@/shared/i18n/i18n';
import css from './schedule.module.css';

/** The list that `?` opens. */
export function Keys({ mayPlan }: { mayPlan: boolean }) {
  const { t } = useI18n();
  const k = t.schedule.keyList;
  const planning: [string, string][] = [
    ['N', k.n],
    ['M', k.m],
    ['R', k.r],
    ['S', k.s],
    [k.deleteKey, k.delete],
    ['Ctrl Z · Ctrl ⇧ Z', k.undo],
  ];
  const rows: [string, string][] = [
    ['← ↑ → ↓', k.arrows],
    ['Enter', mayPlan ? k.enter : k.look],
    ['␣', k.space],
    ...(mayPlan ? planning : []),
    ['[  ]', k.brackets],
    ['T', k.t],
    ['+  −', k.zoom],
    ['F', k.f],
    ['O', t.filters.keyOpen],
    ['G', t.filters.keyGroup],
    ['?', k.help],
  ];
  return (
    <>
      <h2 tabIndex={-1} ref={(e) => e?.focus()} className={css.heading}>
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
