import type { CSSProperties } from 'react';
import type { Words } from '@/shared/i18n/catalogue';
import { Icon } from '@/shared/ui/Icon';
import { IconButton } from '@/shared/ui/primitives';
import css from './grid.module.css';
import { STAFF, type Item } from './layout';

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
  add,
}: {
  item: Extract<Item, { kind: 'group' }>;
  row: number;
  top: number;
  height: number;
  by: 'none' | 'team' | 'role' | undefined;
  active: boolean;
  words: Words;
  fold: (key: string) => void;
  /** Adds a placeholder; null for those who may not. */
  add: (() => void) | null;
}) {
  const { t } = words;
  const isStaff = item.key === STAFF;
  const nameless = by === 'team' ? t.schedule.noTeam : t.schedule.noRole;
  return (
    <div
      role="row"
      aria-rowindex={row + 2}
      className={css.group}
      data-staff={isStaff || undefined}
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
            <span>{isStaff ? t.staff.group : (item.label ?? nameless)}</span>{' '}
            <small>
              {isStaff ? t.staff.count({ n: item.count }) : t.filters.people({ n: item.count })}
            </small>
          </button>
          {isStaff && add && (
            <IconButton icon="plus" label={t.staff.add} tabIndex={-1} onClick={add} />
          )}
        </div>
      </div>
    </div>
  );
}
