import { Button } from '@mantine/core';
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { mayPlan, useSession } from '@/shared/api/useSession';
import { useTitle } from '@/shared/api/useTitle';
import { useWorkspace } from '@/shared/api/WorkspaceContext';
import { useI18n } from '@/shared/i18n/i18n';
import { today } from '@/shared/lib/days';
import { useSteps } from '@/shared/resource/useSteps';
import { ErrorNotice } from '@/shared/ui/ErrorNotice';
import { Empty, Waiting } from '@/shared/ui/primitives';
import ui from '@/shared/ui/ui.module.css';
import css from './activity.module.css';
import { Entry } from './Entry';
import { Filters, useFilters } from './Filters';
import { auditQuery } from './search';
import { byDay, mayUndo, type Day } from './told';

const PAGE = 50;

/** Who changed what, when; the latest first. */
export default function Activity() {
  const { t } = useI18n();
  const { tenant } = useWorkspace();
  useTitle(t.app.activity);
  const may = mayPlan(tenant.role);
  return (
    <div className={`${ui.page} ${css.page}`}>
      <div className={ui.pageHead}>
        <h1>{t.app.activity}</h1>
      </div>
      {may ? <List /> : <Empty text={t.activity.forbidden} />}
    </div>
  );
}

function List() {
  const { t } = useI18n();
  const { api } = useWorkspace();
  const { search, clear } = useFilters();
  const results = useInfiniteQuery({
    ...api.pages('list_audit', { ...auditQuery(search), limit: PAGE }),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next_cursor,
    placeholderData: keepPreviousData,
  });
  const { data, error, hasNextPage } = results;
  const days = useMemo(() => byDay(data?.pages.flatMap((p) => p.items) ?? []), [data]);
  const nothing = data !== undefined && days.length === 0;
  return (
    <>
      <Filters />
      <ErrorNotice error={error} retry={() => void results.refetch()} />
      {results.isPending && !error && <Waiting />}
      {nothing && (
        <Empty text={hasNextPage ? t.activity.notYet : t.activity.noMatch}>
          {!hasNextPage && <Button onClick={clear}>{t.activity.clear}</Button>}
        </Empty>
      )}
      <Days days={days} goOn={hasNextPage} />
      {hasNextPage && (
        <Button
          variant="default"
          loading={results.isFetchingNextPage}
          onClick={() => void results.fetchNextPage()}
        >
          {nothing ? t.activity.further : t.action.more}
        </Button>
      )}
    </>
  );
}

function Days({ days, goOn }: { days: Day[]; goOn: boolean }) {
  const { t, f } = useI18n();
  const { tenant } = useWorkspace();
  const session = useSession();
  const { undoNamed } = useSteps();
  /** Steps that were taken back here, and those that did it: neither can be taken back. */
  const [undone, setUndone] = useState<ReadonlySet<string>>(new Set());
  const [undoing, setUndoing] = useState<ReadonlySet<string>>(new Set());
  const clock = useMemo(() => {
    const format = new Intl.DateTimeFormat(f.locale, { timeStyle: 'short' });
    return (instant: string) => format.format(new Date(instant));
  }, [f]);
  const me = session?.user.id ?? '';
  const undo = async (step: string, own: boolean) => {
    const made = await undoNamed(step, own);
    if (made === null) return;
    setUndone((now) => new Set([...now, step]));
    setUndoing((now) => new Set([...now, made]));
  };
  const last = goOn ? days.at(-1)?.entries.at(-1) : undefined;
  const now = today();
  const near: Readonly<Record<number, string>> = {
    [now]: t.action.today,
    [now - 1]: t.activity.yesterday,
  };
  return days.map(({ day, entries }) => (
    <section key={day} className={css.day}>
      <h2>
        {near[day] && `${near[day]} · `}
        {f.weekdayDate(day)}
      </h2>
      <ul className={css.entries}>
        {entries.map((entry) => {
          const own = entry.items[0].actor?.user_id === me;
          const may = mayUndo(entry, me, tenant.role) && !undoing.has(entry.step);
          return (
            <Entry
              key={entry.key}
              entry={entry}
              time={clock}
              goesOn={entry === last}
              undone={undone.has(entry.step)}
              undo={may ? () => undo(entry.step, own) : undefined}
            />
          );
        })}
      </ul>
    </section>
  ));
}
