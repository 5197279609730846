import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useInvalidate, useWorkspace } from '@/shared/api/WorkspaceContext';
import type { InvitationView, Role } from '@/shared/api/schema.gen';
import { choice, email } from '@/shared/form/fields';
import { Form } from '@/shared/form/Form';
import { useForm } from '@/shared/form/useForm';
import { useI18n } from '@/shared/i18n/i18n';
import { sayError } from '@/shared/i18n/problem';
import { Dialog } from '@/shared/ui/Dialog';
import { ErrorNotice } from '@/shared/ui/ErrorNotice';
import css from './members.module.css';

const ROLES: Role[] = ['member', 'resource_manager', 'viewer', 'admin'];

/** Invites by e-mail address, and shows which invitations wait for an answer. For admins. */
export default function InvitePeople({ close }: { close: () => void }) {
  const { t } = useI18n();
  const { api } = useWorkspace();
  const { data, error } = useQuery(api.q('list_invitations', {}));
  const invalidate = useInvalidate();
  // Here and not as a toast: what lies under a modal dialog is not read out.
  const [said, setSaid] = useState('');
  const roles = ROLES.map((value) => ({ value, label: t.workspaces.role[value] }));
  const form = useForm(
    [email('email', t.auth.email, { required: true }), choice('role', t.invite.role, roles)],
    null,
    async (body) => {
      const invited = await api.call('add_invitation', {}, { body });
      setSaid(t.invite.sent({ email: invited.email }));
      form.set('email', '');
      await invalidate('list_invitations');
    },
  );
  return (
    <Dialog title={t.invite.title} close={close}>
      <Form
        form={form}
        hint={t.invite.hint}
        submit={t.invite.send}
        cancel={close}
        cancelLabel={t.action.close}
      />
      <p role="status" className={css.said}>
        {said}
      </p>
      <h3 className={css.waiting}>{t.invite.waiting}</h3>
      <ErrorNotice error={error} />
      {data?.items.length === 0 && <p className={css.until}>{t.invite.none}</p>}
      <ul>
        {data?.items.map((invitation) => (
          <Waiting
            key={invitation.id}
            invitation={invitation}
            ended={(how) => {
              setSaid(how);
              return invalidate('list_invitations');
            }}
          />
        ))}
      </ul>
    </Dialog>
  );
}

/** `ended` is told what became of it. */
function Waiting({
  invitation,
  ended,
}: {
  invitation: InvitationView;
  ended: (how: string) => Promise<void>;
}) {
  const words = useI18n();
  const { t, f } = words;
  const { api } = useWorkspace();
  const { email, role } = invitation;
  const withdraw = useMutation({
    mutationFn: () => api.call('remove_invitation', { invitation_id: invitation.id }),
    onSettled: (_, error) => ended(error ? sayError(error, words) : t.invite.withdrawn({ email })),
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
