import { useState } from 'react';
import { useInvalidate, useWorkspace } from '@/shared/api/WorkspaceContext';
import type { Role } from '@/shared/api/schema.gen';
import { choice, email } from '@/shared/form/fields';
import { Form } from '@/shared/form/Form';
import { useForm } from '@/shared/form/useForm';
import { useI18n } from '@/shared/i18n/i18n';
import { Dialog } from '@/shared/ui/Dialog';
import { Invitations } from './Invitations';
import css from './members.module.css';

export const ROLES: Role[] = ['member', 'resource_manager', 'viewer', 'admin'];

/** Invites by e-mail address, and shows which invitations wait for an answer. For admins. */
export default function InvitePeople({ close }: { close: () => void }) {
  const { t } = useI18n();
  const { api } = useWorkspace();
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
      <Invitations said={setSaid} />
    </Dialog>
  );
}
