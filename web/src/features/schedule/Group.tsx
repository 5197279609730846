import type { CSSProperties } from 'react';
import type { Words } from '@/shared/i18n/catalogue';
import { Icon } from '@/shared/ui/Icon';
import css from './grid.module.css';
import type { Item } from './layout';

export const groupId = (row: number) => `group-${row}`;

/** The header of a group, which stays in sight while its rows go by; the box around it is as high as the group. */
export function Group({
  item,
  row,
  top,
  height,
  by,
  active,
  words,
  fold,
}: {
  item: Extract<Item, { kind: 'group' }>;
  row: number;
  top: number;
  height: number;
  by: 'none' | 'team' | 'role' | undefined;
  active: boolean;
  words: Words;
  fold: (key: string) => void;
}) {
  const { t } = words;
  return (
    <div
      role="row"
      aria-rowindex={row + 2}
      className={css.group}
      style={{ '--top': top, '--h': height } as CSSProperties}
    >
      <div className={css.groupLine} role="presentation">
        <div
          role="rowheader"
          aria-colindex={1}
          id={groupId(row)}
          aria-expanded={!item.folded}
          className={css.groupName}
          data-active={active || undefined}
        >
          <button
            type="button"
            tabIndex={-1}
            aria-expanded={!item.folded}
            onClick={() => fold(item.key)}
          >
            <Icon name={item.folded ? 'right' : 'down'} />
            <span>
              {item.label ?? (by === 'team' ? t.schedule.noTeam : t.schedule.noRole)}
            </span>{' '}
            <small>{t.filters.people({ n: item.count })}</small>
          </button>
        </div>
      </div>
    </div>
  );
}
