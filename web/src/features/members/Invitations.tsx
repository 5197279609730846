import { useMutation, useQuery } from '@tanstack/react-query';
import type { InvitationView } from '@/shared/api/schema.gen';
import { useInvalidate, useWorkspace } from '@/shared/api/WorkspaceContext';
import { useI18n } from '@/shared/i18n/i18n';
import { sayError } from '@/shared/i18n/problem';
import { ErrorNotice } from '@/shared/ui/ErrorNotice';
import css from './members.module.css';

interface Said {
  /** Is told what became of an invitation. */
  said: (how: string) => void;
}

/** The invitations that wait for an answer, and can be withdrawn. */
export function Invitations({ said }: Said) {
  const { t } = useI18n();
  const { api } = useWorkspace();
  const { data, error } = useQuery(api.q('list_invitations', {}));
  return (
    <>
      <ErrorNotice error={error} />
      {data?.items.length === 0 && <p className={css.until}>{t.invite.none}</p>}
      <ul>
        {data?.items.map((invitation) => (
          <Waiting key={invitation.id} invitation={invitation} said={said} />
        ))}
      </ul>
    </>
  );
}

function Waiting({ invitation, said }: Said & { invitation: InvitationView }) {
  const words = useI18n();
  const { t, f } = words;
  const { api } = useWorkspace();
  const invalidate = useInvalidate();
  const { email, role } = invitation;
  const withdraw = useMutation({
    mutationFn: () => api.call('remove_invitation', { invitation_id: invitation.id }),
    onSettled: (_, error) => {
      said(error ? sayError(error, words) : t.invite.withdrawn({ email }));
      return invalidate('list_invitations');
    },
  });
  const date = new Intl.DateTimeFormat(f.locale, { dateStyle: 'medium' }).format(
    new Date(invitation.expires_at),
  );
  return (
    <li className={css.item}>
      <span className={css.who}>
        {email}
        <span className={css.until}>
          {t.workspaces.role[role]} · {t.invite.until({ date })}
        </span>
      </span>
      <button
        type="button"
        className="text-button"
        aria-label={t.invite.withdrawOf({ email })}
        disabled={withdraw.isPending}
        onClick={() => withdraw.mutate()}
      >
        {t.invite.withdraw}
      </button>
    </li>
  );
}
