import type { ReactNode } from 'react';
import { useI18n } from '@/shared/i18n/i18n';
import { useRecordName } from '@/shared/resource/records';
import { Avatar } from '@/shared/ui/primitives';
import css from './grid.module.css';
import type { Owner } from './owner';
import type { RowData } from './rows';

interface PaneProps {
  owner: Owner;
  row: RowData | undefined;
  utilization: number | null | undefined;
  /** Where people's pages are. */
  pages: string;
  /** Opens the person's page, or the placeholder's form; missing where the role may not. */
  open: ((owner: Owner) => void) | undefined;
  /** What shows more of the row's bookings. */
  more: ReactNode;
}

/** The left end of a row: whose it is. */
export function Pane(props: PaneProps) {
  const { f } = useI18n();
  const { owner, row, utilization, more } = props;
  const isPerson = owner.kind === 'person';
  return (
    <div role="rowheader" aria-colindex={1} className={css.pane}>
      {row && (isPerson ? <Avatar name={row.name} /> : <span className={css.vacancy} />)}
      <span className={css.who}>
        {isPerson ? <PersonName {...props} /> : <Title {...props} />}
        <span className={css.whoTitle}>
          {isPerson ? row?.jobTitle : row?.teamId && <Team id={row.teamId} />}
        </span>
      </span>
      {more}
      {row && isPerson && (
        <span className={css.whoLoad} data-over={(utilization ?? 0) > 1 || undefined}>
          {f.ratio(utilization ?? null)}
        </span>
      )}
    </div>
  );
}

function PersonName({ owner, row, pages, open }: PaneProps) {
  return (
    <a
      tabIndex={-1}
      className={css.whoName}
      href={pages + owner.id}
      onClick={(e) => {
        // Beside a new tab or window, which is the browser's own.
        if (e.ctrlKey || e.metaKey || e.shiftKey || e.altKey) return;
        e.preventDefault();
        open?.(owner);
      }}
    >
      {row?.name ?? ''}
    </a>
  );
}

function Title({ owner, row, open }: PaneProps) {
  if (!open || !row) return <span className={css.whoName}>{row?.name}</span>;
  return (
    <button type="button" tabIndex={-1} className={css.whoName} onClick={() => open(owner)}>
      {row.name}
    </button>
  );
}

const Team = ({ id }: { id: string }) => <>{useRecordName('team', id)}</>;
