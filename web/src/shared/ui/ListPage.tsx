import { Button } from '@mantine/core';
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';
import { useEffect, useState, type ReactNode } from 'react';
import type { ListQuery } from '../api/workspace';
import { useI18n } from '../i18n/i18n';
import { Empty, Waiting } from './primitives';
import { ErrorNotice } from './ErrorNotice';
import css from './list.module.css';
import ui from './ui.module.css';

const TYPING_MS = 250;
const PAGE = 50;

interface ListPageProps<V> {
  title: string;
  count: (n: number) => string;
  query: (search: { q?: string; archived?: true; limit: number }) => ListQuery<V>;
  q: string;
  setQ: (q: string | undefined) => void;
  archived: boolean;
  setArchived: (on: boolean) => void;
  archivedLabel: string;
  add: ReactNode;
  empty: string;
  noMatch: (q: string) => string;
  head: string[];
  row: (v: V) => ReactNode;
}

/** A list with search, paged by the server's cursor. */
export function ListPage<V>(props: ListPageProps<V>) {
  const { t } = useI18n();
  const [text, setText] = useState(props.q);
  const { q, setQ, archived } = props;
  useEffect(() => {
    if (text === q) return;
    const timer = setTimeout(() => setQ(text.trim() || undefined), TYPING_MS);
    return () => clearTimeout(timer);
  }, [text, q, setQ]);
  const list = useInfiniteQuery({
    ...props.query({ q: q || undefined, archived: archived || undefined, limit: PAGE }),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next_cursor,
    placeholderData: keepPreviousData,
  });
  const items = list.data?.pages.flatMap((p) => p.items) ?? [];
  const total = list.data?.pages[0]?.total ?? 0;
  return (
    <div className={ui.page}>
      <div className={ui.pageHead}>
        <h1>
          {props.title} {list.data && <span className={css.count}>{props.count(total)}</span>}
        </h1>
        <label className={css.check}>
          <input
            type="checkbox"
            checked={archived}
            onChange={(e) => props.setArchived(e.target.checked)}
          />
          {props.archivedLabel}
        </label>
        <input
          type="search"
          className={css.search}
          value={text}
          placeholder={t.action.search}
          aria-label={t.action.search}
          onChange={(e) => setText(e.target.value)}
        />
        {props.add}
      </div>
      <ErrorNotice error={list.error} retry={() => void list.refetch()} />
      {list.isPending && !list.error && <Waiting />}
      {list.data && items.length === 0 && <Empty text={q ? props.noMatch(q) : props.empty} />}
      {items.length > 0 && (
        <div className={ui.tableFrame} tabIndex={0} role="region" aria-label={props.title}>
          <table className={ui.table}>
            <thead>
              <tr>
                {props.head.map((h) => (
                  <th key={h} scope="col">
                    {h}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>{items.map(props.row)}</tbody>
          </table>
        </div>
      )}
      {list.hasNextPage && (
        <Button
          variant="default"
          loading={list.isFetchingNextPage}
          onClick={() => void list.fetchNextPage()}
        >
          {t.action.more}
        </Button>
      )}
    </div>
  );
}
