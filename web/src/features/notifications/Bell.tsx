import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { mayPlan } from '@/shared/api/useSession';
import { useInvalidate, useWorkspace } from '@/shared/api/WorkspaceContext';
import type {
  NotificationPage,
  NotificationSettingsPatch,
  Notification,
} from '@/shared/api/schema.gen';
import { useI18n } from '@/shared/i18n/i18n';
import { toDay } from '@/shared/lib/days';
import { IconButton } from '@/shared/ui/primitives';
import { Icon } from '@/shared/ui/Icon';
import { usePanel } from '@/shared/ui/usePanel';
import css from './bell.module.css';
import { Requests } from './Requests';

const SHOWN = 30;
type Kind = Notification['kind'];
const KINDS: Kind[] = [
  'assigned',
  'changed',
  'removed',
  'overbooked',
  'displaced',
  'approver',
  'webhook_disabled',
];
/** Kinds that say whom they are about. */
const ABOUT_SOMEBODY: ReadonlySet<Kind> = new Set<Kind>(['overbooked', 'displaced', 'approver']);

/** What the reader is told: how much is unread, and a panel that closes with Escape or a click beside it. */
export function Bell() {
  const { t, f } = useI18n();
  const { api } = useWorkspace();
  const { data } = useQuery(api.q('list_notifications', { limit: SHOWN }));
  const { open, close, toggle, box, button } = usePanel();
  const unread = data?.unread ?? 0;
  return (
    <div ref={box} className={css.bell}>
      <button
        ref={button}
        type="button"
        className={css.button}
        aria-expanded={open}
        aria-label={t.news.bell(unread)}
        onClick={toggle}
      >
        <Icon name="bell" />
        {unread > 0 && (
          <span className={css.count} aria-hidden="true">
            {unread > 99 ? '99+' : f.number(unread)}
          </span>
        )}
      </button>
      {/* Said when it changes, and not only when one comes past. */}
      <span className={css.said} role="status">
        {unread > 0 ? t.news.bell(unread) : ''}
      </span>
      {open && <Panel page={data} close={close} />}
    </div>
  );
}

function Panel({ page, close }: { page: NotificationPage | undefined; close: () => void }) {
  const { t } = useI18n();
  const { api } = useWorkspace();
  const invalidate = useInvalidate();
  const again = () => invalidate('list_notifications');
  const readAll = useMutation({
    mutationFn: () => api.call('read_all_notifications', {}),
    onSettled: again,
  });
  const read = useMutation({
    mutationFn: (id: string) => api.call('read_notification', { id }),
    onSettled: again,
  });
  const [setting, setSetting] = useState(false);
  const [approving, setApproving] = useState(false);
  const items = page?.items ?? [];
  return (
    <section className={css.panel} aria-label={t.news.title}>
      <header className={css.head}>
        <h2>{t.news.title}</h2>
        {(page?.unread ?? 0) > 0 && (
          <button type="button" className="text-button" onClick={() => readAll.mutate()}>
            {t.news.readAll}
          </button>
        )}
        <IconButton
          icon="settings"
          label={t.news.settings}
          aria-expanded={setting}
          onClick={() => setSetting(!setting)}
        />
      </header>
      {setting && <Settings />}
      {approving && <Requests />}
      {page && items.length === 0 && <p className={css.none}>{t.news.none}</p>}
      {items.length > 0 && (
        <ul className={css.list}>
          {items.map((n) => (
            <Item
              key={n.id}
              item={n}
              read={() => n.read_at ?? read.mutate(n.id)}
              approve={() => setApproving(true)}
              close={close}
            />
          ))}
        </ul>
      )}
    </section>
  );
}

interface ItemProps {
  item: Notification;
  read: () => void;
  /** Shows what waits for approval. */
  approve: () => void;
  close: () => void;
}

/** One thing told, leading to where it can be seen or answered. */
function Item({ item, read, approve, close }: ItemProps) {
  const { t, f } = useI18n();
  const { tenant } = useWorkspace();
  const days = item.from && f.range(toDay(item.from), item.to ? toDay(item.to) : null);
  const person = ABOUT_SOMEBODY.has(item.kind) ? item.person?.name : undefined;
  const about = [person, item.project?.name, days].filter(Boolean).join(' · ');
  const at = new Intl.DateTimeFormat(f.locale, { dateStyle: 'medium', timeStyle: 'short' }).format(
    new Date(item.at),
  );
  const seen = () => {
    read();
    close();
  };
  const text = (
    <>
      <span className={css.what}>{t.news[item.kind](item.count)}</span>
      {about && <span className={css.about}>{about}</span>}
      <span className={css.when}>{item.actor ? `${at} ${t.news.by(item.actor.name)}` : at}</span>
    </>
  );
  return (
    <li className={css.item} data-unread={!item.read_at || undefined}>
      {item.kind === 'approver' && mayPlan(tenant.role) ? (
        <button
          type="button"
          className={css.told}
          onClick={() => {
            read();
            approve();
          }}
        >
          {text}
        </button>
      ) : item.from ? (
        <Link
          to="/w/$tenant/schedule"
          params={{ tenant: tenant.slug }}
          search={{ date: item.from, q: item.person?.name ?? undefined }}
          className={css.told}
          onClick={seen}
        >
          {text}
        </Link>
      ) : (
        <span className={css.told}>{text}</span>
      )}
      {!item.read_at && (
        <button
          type="button"
          className={css.dot}
          aria-label={t.news.read}
          title={t.news.read}
          onClick={read}
        >
          <span />
        </button>
      )}
    </li>
  );
}

/** For each kind: in the app, by mail. */
function Settings() {
  const { t } = useI18n();
  const { tenant, api } = useWorkspace();
  const queries = useQueryClient();
  const settings = api.q('get_notification_settings', {});
  const { data } = useQuery(settings);
  const change = useMutation({
    mutationFn: (body: NotificationSettingsPatch) =>
      api.call('change_notification_settings', {}, { body }),
    onSettled: () => api.invalidate(queries, 'get_notification_settings'),
  });
  if (!data) return null;
  const set = (kind: Kind, way: 'in_app' | 'email', on: boolean) => {
    const now = data.kinds[kind] ?? { in_app: true, email: true };
    // Shown at once; what the server says comes after it.
    queries.setQueryData(settings.queryKey, {
      kinds: { ...data.kinds, [kind]: { ...now, [way]: on } },
    });
    change.mutate({ kinds: { [kind]: { [way]: on } } });
  };
  return (
    <table className={css.settings}>
      <caption>{t.news.settings}</caption>
      <thead>
        <tr>
          <td />
          <th scope="col">{t.news.inApp}</th>
          <th scope="col">{t.news.email}</th>
        </tr>
      </thead>
      <tbody>
        {KINDS.filter(
          (kind) => data.kinds[kind] && (kind !== 'webhook_disabled' || tenant.role === 'admin'),
        ).map((kind) => (
          <tr key={kind}>
            <th scope="row">{t.news.kinds[kind]}</th>
            {(['in_app', 'email'] as const).map((way) => (
              <td key={way}>
                <input
                  type="checkbox"
                  aria-label={`${t.news.kinds[kind]}: ${way === 'in_app' ? t.news.inApp : t.news.email}`}
                  checked={data.kinds[kind]?.[way] ?? true}
                  onChange={(e) => set(kind, way, e.target.checked)}
                />
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
