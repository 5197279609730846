import { Button } from '@mantine/core';
import { keepPreviousData, useInfiniteQuery, useQueries } from '@tanstack/react-query';
import { Link, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import type { MemberView } from '@/shared/api/schema.gen';
import { useSession } from '@/shared/api/useSession';
import { useTitle } from '@/shared/api/useTitle';
import { useWorkspace } from '@/shared/api/WorkspaceContext';
import { useI18n } from '@/shared/i18n/i18n';
import { Filters } from '@/shared/resource/ResourceList';
import { Dialog } from '@/shared/ui/Dialog';
import { ErrorNotice } from '@/shared/ui/ErrorNotice';
import list from '@/shared/ui/list.module.css';
import { Avatar, Empty, IconButton, Waiting } from '@/shared/ui/primitives';
import { toast } from '@/shared/ui/toasts';
import ui from '@/shared/ui/ui.module.css';
import { Invitations } from './Invitations';
import InvitePeople from './InvitePeople';
import { MemberForm } from './MemberForm';
import { RemoveMember } from './RemoveMember';

const PAGE = 50;

/** Who belongs to the workspace, and as what; admins change that and invite. */
export default function Members() {
  const { t } = useI18n();
  const { tenant, api } = useWorkspace();
  const { q = '' } = useSearch({ strict: false });
  const [inviting, setInviting] = useState(false);
  useTitle(t.members.title);
  const results = useInfiniteQuery({
    ...api.pages('list_members', { q: q || undefined, limit: PAGE }),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next_cursor,
    placeholderData: keepPreviousData,
  });
  const members = results.data?.pages.flatMap((page) => page.items) ?? [];
  const total = results.data?.pages[0]?.total ?? members.length;
  const may = tenant.role === 'admin';
  return (
    <div className={ui.page}>
      <div className={ui.pageHead}>
        <h1>
          {t.members.title}{' '}
          {results.data && <span className={list.count}>{t.members.count({ n: total })}</span>}
        </h1>
        <Filters archive={false} />
        {may && <Button onClick={() => setInviting(true)}>{t.invite.open}</Button>}
      </div>
      <ErrorNotice error={results.error} retry={() => void results.refetch()} />
      {results.isPending && !results.error && <Waiting />}
      {results.data && members.length === 0 && <Empty text={t.members.noMatch({ q })} />}
      {members.length > 0 && <Table members={members} mayEdit={may} />}
      {results.hasNextPage && (
        <Button
          variant="default"
          loading={results.isFetchingNextPage}
          onClick={() => void results.fetchNextPage()}
        >
          {t.action.more}
        </Button>
      )}
      {may && (
        <section className={ui.panel}>
          <h2>{t.invite.waiting}</h2>
          <Invitations said={toast} />
        </section>
      )}
      {inviting && <InvitePeople close={() => setInviting(false)} />}
    </div>
  );
}

function Table({ members, mayEdit }: { members: MemberView[]; mayEdit: boolean }) {
  const { t } = useI18n();
  const { tenant, api } = useWorkspace();
  const self = useSession()?.user.id;
  const [open, setOpen] = useState<{ id: string; to: 'edit' | 'remove' } | null>(null);
  const close = () => setOpen(null);
  // The member as it is now, also where others change it meanwhile.
  const member = members.find((m) => m.user_id === open?.id);
  const people = useQueries({
    queries: members.flatMap(({ person_id: id }) => (id ? [api.q('get_person', { id })] : [])),
  });
  const nameOf = (id: string) => people.find(({ data }) => data?.id === id)?.data?.full_name;
  const heads = [t.members.name, t.auth.email, t.members.role, t.members.person];
  return (
    <div className={ui.tableFrame} tabIndex={0} role="region" aria-label={t.members.title}>
      <table className={ui.table}>
        <thead>
          <tr>
            {heads.map((head) => (
              <th key={head} scope="col">
                {head}
              </th>
            ))}
            {mayEdit && (
              <th scope="col">
                <span className="visually-hidden">{t.resource.actions}</span>
              </th>
            )}
          </tr>
        </thead>
        <tbody>
          {members.map((m) => (
            <tr key={m.user_id}>
              <td>
                <span className={list.who}>
                  <Avatar name={m.full_name} />
                  <span className={ui.name}>{m.full_name}</span>
                  {m.user_id === self && <span className={ui.badge}>{t.members.you}</span>}
                </span>
              </td>
              <td>{m.email}</td>
              <td>{t.workspaces.role[m.role]}</td>
              <td>
                {m.person_id ? (
                  <Link
                    to="/w/$tenant/people/$id"
                    params={{ tenant: tenant.slug, id: m.person_id }}
                    className={ui.link}
                  >
                    {nameOf(m.person_id) ?? '…'}
                  </Link>
                ) : (
                  '–'
                )}
              </td>
              {mayEdit && (
                <td>
                  <span className={list.actions}>
                    <IconButton
                      icon="edit"
                      label={t.members.edit({ name: m.full_name })}
                      onClick={() => setOpen({ id: m.user_id, to: 'edit' })}
                    />
                    <IconButton
                      icon="trash"
                      label={t.members.remove({ name: m.full_name })}
                      onClick={() => setOpen({ id: m.user_id, to: 'remove' })}
                    />
                  </span>
                </td>
              )}
            </tr>
          ))}
        </tbody>
      </table>
      {member && open?.to === 'edit' && (
        <Dialog title={member.full_name} close={close}>
          <MemberForm member={member} close={close} />
        </Dialog>
      )}
      {member && open?.to === 'remove' && <RemoveMember member={member} close={close} />}
    </div>
  );
}
