import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useWorkspace } from '@/shared/api/WorkspaceContext';
import { useI18n } from '@/shared/i18n/i18n';
import { IconButton } from '@/shared/ui/primitives';
import { useSearchText } from '@/shared/ui/useSearchText';
import css from './activity.module.css';
import { isNamed, useName, type Named } from './Name';
import {
  ACTIONS,
  isAction,
  isFiltered,
  isKind,
  KINDS,
  type ActivitySearch,
  type Kind,
} from './search';

/** The filters, all of them in the address. */
export function useFilters() {
  const search: ActivitySearch = useSearch({ from: '/w/$tenant/activity' });
  const navigate = useNavigate();
  const set = (part: Partial<ActivitySearch>) =>
    void navigate({
      to: '.',
      search: (now: ActivitySearch) => ({ ...now, ...part }),
      replace: true,
    });
  const clear = () => void navigate({ to: '.', search: {}, replace: true });
  return { search, set, clear };
}

export function Filters() {
  const { t } = useI18n();
  const { tenant, api } = useWorkspace();
  const { search, set, clear } = useFilters();
  const members = useQuery(api.all('list_members', {}));
  const [text, setText] = useSearchText(search.q ?? '', (q) => set({ q }));
  const people = members.data ?? [];
  const unknown = search.actor && !people.some((m) => m.user_id === search.actor);
  const kinds = KINDS.filter((kind) => kind !== 'compensation' || tenant.role === 'admin');
  return (
    <div className={css.filters} role="search" aria-label={t.activity.filters}>
      <input
        type="search"
        value={text}
        placeholder={t.action.search}
        aria-label={t.action.search}
        onChange={(e) => setText(e.target.value)}
      />
      <select
        aria-label={t.activity.who}
        value={search.actor ?? ''}
        onChange={(e) => set({ actor: e.target.value || undefined })}
      >
        <option value="">{t.activity.everybody}</option>
        {unknown && (
          <option value={search.actor}>{members.isPending ? '…' : t.activity.formerMember}</option>
        )}
        {people.map((m) => (
          <option key={m.user_id} value={m.user_id}>
            {m.full_name}
          </option>
        ))}
      </select>
      {search.entity_id ? (
        <OneThing
          kind={search.entity}
          id={search.entity_id}
          clear={() => set({ entity: undefined, entity_id: undefined })}
        />
      ) : (
        <select
          aria-label={t.activity.kind}
          value={search.entity ?? ''}
          onChange={(e) => set({ entity: isKind(e.target.value) ? e.target.value : undefined })}
        >
          <option value="">{t.activity.everything}</option>
          {kinds.map((kind) => (
            <option key={kind} value={kind}>
              {t.activity.kinds[kind].name}
            </option>
          ))}
        </select>
      )}
      <select
        aria-label={t.activity.action}
        value={search.action ?? ''}
        onChange={(e) => set({ action: isAction(e.target.value) ? e.target.value : undefined })}
      >
        <option value="">{t.activity.anyAction}</option>
        {ACTIONS.map((action) => (
          <option key={action} value={action}>
            {t.activity.actions[action]}
          </option>
        ))}
      </select>
      <DateFilter label={t.dashboard.from} now={search.from} set={(from) => set({ from })} />
      <DateFilter label={t.dashboard.to} now={search.to} set={(to) => set({ to })} />
      {isFiltered(search) && (
        <button type="button" className="text-button" onClick={clear}>
          {t.activity.clear}
        </button>
      )}
    </div>
  );
}

interface DateProps {
  label: string;
  now: string | undefined;
  set: (date: string | undefined) => void;
}

/** What is half typed is no date yet, and stays in the field. */
function DateFilter({ label, now = '', set }: DateProps) {
  const [text, setText] = useSearchText(now, set);
  return (
    <label>
      <span>{label}</span>
      <input type="date" value={text} onChange={(e) => setText(e.target.value)} />
    </label>
  );
}

interface ThingProps<Kind> {
  kind: Kind;
  id: string;
  clear: () => void;
}

/** The one thing that the list is about, as a link from its page has it. */
function OneThing({ kind, ...rest }: ThingProps<Kind | undefined>) {
  const { t } = useI18n();
  if (kind && isNamed(kind)) return <NamedThing kind={kind} {...rest} />;
  return <Chip name={kind ? t.activity.kinds[kind].name : t.activity.kind} clear={rest.clear} />;
}

function NamedThing({ kind, id, clear }: ThingProps<Named>) {
  const { t } = useI18n();
  return <Chip title={t.activity.kinds[kind].name} name={useName(kind, id)} clear={clear} />;
}

function Chip({ title, name, clear }: { title?: string; name: string; clear: () => void }) {
  const { t } = useI18n();
  return (
    <span className={css.chip}>
      {title && `${title}: `}
      {name}
      <IconButton icon="close" label={t.schedule.clearFilter({ name })} onClick={clear} />
    </span>
  );
}
