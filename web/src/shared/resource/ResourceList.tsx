import { Button } from '@mantine/core';
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useState, type ReactNode } from 'react';
import { mayPlan } from '../api/useSession';
import { useTitle } from '../api/useTitle';
import type { ListQuery } from '../api/workspace';
import { useWorkspace } from '../api/WorkspaceContext';
import { useI18n } from '../i18n/i18n';
import { Dialog } from '../ui/Dialog';
import { ErrorNotice } from '../ui/ErrorNotice';
import list from '../ui/list.module.css';
import { Empty, Waiting } from '../ui/primitives';
import ui from '../ui/ui.module.css';
import { useSearchText } from '../ui/useSearchText';
import type { DetailRoute } from './routes';

const PAGE = 50;

/** The query parameters of every list. */
export interface ListSearch {
  q?: string;
  archived?: true;
  limit: number;
}
/** The texts that a list needs of each kind of resource. */
export interface ResourceTexts {
  title: string;
  count: (a: { n: number }) => string;
  add: string;
  empty: string;
  noMatch: (a: { q: string }) => string;
  name: string;
}
export interface Column<V> {
  head: string;
  cell: (v: V) => ReactNode;
}

interface ResourceListProps<V> {
  texts: ResourceTexts;
  query: (search: ListSearch) => ListQuery<V>;
  /** The route of a resource's own page. */
  page: DetailRoute;
  name: (v: V) => string;
  /** An icon or avatar in front of the name. */
  mark?: (v: V) => ReactNode;
  columns: Column<V>[];
  /** For kinds that cannot be archived: hides the filter. */
  neverArchived?: boolean;
  /** The form for a new resource; `done` navigates to its page. */
  form: (done: (saved: { id: string }) => void, cancel: () => void) => ReactNode;
}

/** A paginated list of one kind of resource, with search, a filter for archived ones and a form to add one. */
export function ResourceList<V extends { id: string; archived?: boolean }>(
  props: ResourceListProps<V>,
) {
  const { t } = useI18n();
  const { tenant } = useWorkspace();
  const { texts, page } = props;
  useTitle(texts.title);
  const { q = '', archived } = useSearch({ strict: false });
  const navigate = useNavigate();
  const [adding, setAdding] = useState(false);
  const close = () => setAdding(false);
  const results = useInfiniteQuery({
    ...props.query({ q: q || undefined, archived: archived || undefined, limit: PAGE }),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next_cursor,
    placeholderData: keepPreviousData,
  });
  const items = results.data?.pages.flatMap((p) => p.items) ?? [];
  const total = results.data?.pages[0]?.total ?? items.length;
  return (
    <div className={ui.page}>
      <div className={ui.pageHead}>
        <h1>
          {texts.title}{' '}
          {results.data && <span className={list.count}>{texts.count({ n: total })}</span>}
        </h1>
        <Filters archive={!props.neverArchived} />
        {mayPlan(tenant.role) && <Button onClick={() => setAdding(true)}>{texts.add}</Button>}
      </div>
      <ErrorNotice error={results.error} retry={() => void results.refetch()} />
      {results.isPending && !results.error && <Waiting />}
      {results.data && items.length === 0 && (
        <Empty text={q ? texts.noMatch({ q }) : texts.empty} />
      )}
      {items.length > 0 && <Table {...props} items={items} />}
      {results.hasNextPage && (
        <Button
          variant="default"
          loading={results.isFetchingNextPage}
          onClick={() => void results.fetchNextPage()}
        >
          {t.action.more}
        </Button>
      )}
      {adding && (
        <Dialog title={texts.add} close={close}>
          {props.form(({ id }) => {
            close();
            void navigate({ to: page, params: { tenant: tenant.slug, id } });
          }, close)}
        </Dialog>
      )}
    </div>
  );
}

/** Search and filter; their state is in the URL. */
export function Filters({ archive }: { archive: boolean }) {
  const { t } = useI18n();
  const { q = '', archived = false } = useSearch({ strict: false });
  const navigate = useNavigate();
  const set = (part: { q?: string; archived?: true }) =>
    void navigate({ to: '.', search: (now: object) => ({ ...now, ...part }), replace: true });
  const [text, setText] = useSearchText(q, (typed) => set({ q: typed }));
  return (
    <>
      {archive && (
        <label className={list.check}>
          <input
            type="checkbox"
            checked={archived}
            onChange={(e) => set({ archived: e.target.checked || undefined })}
          />
          {t.resource.showArchived}
        </label>
      )}
      <input
        type="search"
        className={list.search}
        value={text}
        placeholder={t.action.search}
        aria-label={t.action.search}
        onChange={(e) => setText(e.target.value)}
      />
    </>
  );
}

function Table<V extends { id: string; archived?: boolean }>(
  props: ResourceListProps<V> & { items: V[] },
) {
  const { t } = useI18n();
  const { tenant } = useWorkspace();
  const { texts, columns } = props;
  return (
    <div className={ui.tableFrame} tabIndex={0} role="region" aria-label={texts.title}>
      <table className={ui.table}>
        <thead>
          <tr>
            {[texts.name, ...columns.map((c) => c.head)].map((head) => (
              <th key={head} scope="col">
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {props.items.map((v) => (
            <tr key={v.id}>
              <td>
                <Link
                  to={props.page}
                  params={{ tenant: tenant.slug, id: v.id }}
                  className={ui.link}
                >
                  {props.mark?.(v)}
                  <span className={ui.name}>{props.name(v)}</span>
                </Link>{' '}
                {v.archived && <span className={ui.badge}>{t.resource.archived}</span>}
              </td>
              {columns.map((c) => (
                <td key={c.head}>{c.cell(v) || '–'}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
