import { useNavigate } from '@tanstack/react-router';
import type { MemberView } from '@/shared/api/schema.gen';
import { refresh } from '@/shared/api/session';
import { useSession } from '@/shared/api/useSession';
import { useInvalidate, useWorkspace } from '@/shared/api/WorkspaceContext';
import { Form } from '@/shared/form/Form';
import { useForm } from '@/shared/form/useForm';
import { useI18n } from '@/shared/i18n/i18n';
import { Dialog } from '@/shared/ui/Dialog';
import { toast } from '@/shared/ui/toasts';

/** Asks before a member is removed, which cannot be undone; whoever removes themselves leaves. */
export function RemoveMember({ member, close }: { member: MemberView; close: () => void }) {
  const { t } = useI18n();
  const { api } = useWorkspace();
  const own = useSession()?.user.id === member.user_id;
  const invalidate = useInvalidate();
  const navigate = useNavigate();
  const name = member.full_name;
  const form = useForm([], null, async () => {
    await api.call('remove_member', { user_id: member.user_id }, { expect: member.version });
    if (own) {
      await navigate({ to: '/workspaces', ignoreBlocker: true });
      await refresh();
    } else {
      await invalidate();
      close();
    }
    toast(t.members.removed({ name }));
  });
  return (
    <Dialog title={t.members.removeTitle({ name })} close={close}>
      <Form
        form={form}
        hint={own ? t.members.removeSelf : t.members.removeHint}
        submit={own ? t.members.leave : t.members.removeAction}
        cancel={close}
      />
    </Dialog>
  );
}
