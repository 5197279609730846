import { useQuery } from '@tanstack/react-query';
import { isConflict } from '@/shared/api/client';
import type { MemberView } from '@/shared/api/schema.gen';
import { refresh } from '@/shared/api/session';
import { useSession } from '@/shared/api/useSession';
import { useInvalidate, useWorkspace } from '@/shared/api/WorkspaceContext';
import { choice } from '@/shared/form/fields';
import { Form } from '@/shared/form/Form';
import { useForm } from '@/shared/form/useForm';
import { useI18n } from '@/shared/i18n/i18n';
import { personReference } from '@/shared/resource/person';
import { useSteps } from '@/shared/resource/useSteps';
import { toast } from '@/shared/ui/toasts';
import ui from '@/shared/ui/ui.module.css';
import { commandsOf } from './changes';
import { ROLES } from './InvitePeople';

/** Changes a member's role, and which person of the plan they are. */
export function MemberForm({ member, close }: { member: MemberView; close: () => void }) {
  const { t } = useI18n();
  const { api } = useWorkspace();
  const own = useSession()?.user.id === member.user_id;
  const invalidate = useInvalidate();
  const { changed } = useSteps();
  const roles = ROLES.map((value) => ({ value, label: t.workspaces.role[value] }));
  const form = useForm(
    [
      choice('role', t.members.role, roles),
      personReference('person_id', t.members.person, { none: t.members.noPerson }),
    ],
    member,
    async (body) => {
      const commands = commandsOf(member, body);
      try {
        if (commands.length > 0) await api.call('run_commands', {}, { body: { commands } });
      } catch (error) {
        if (isConflict(error)) await invalidate('list_members');
        throw error;
      }
      if (own) await refresh();
      await invalidate();
      close();
      const role = t.workspaces.role[body.role];
      const what = t.members.changed({ name: member.full_name, role });
      // A change of a member's role has no way back but another change.
      if (body.role !== member.role) toast(t.resource.saved({ what }));
      else if (commands.length > 0) changed(t.resource.saved({ what: member.full_name }));
    },
  );
  const { role, person_id: id } = form.values;
  const { data: person } = useQuery({ ...api.q('get_person', { id }), enabled: id !== '' });
  const linked = id !== '' && person?.user_id && person.user_id !== member.user_id;
  return (
    <Form
      form={form}
      cancel={close}
      notice={
        <div role="status" className={ui.hint}>
          <p>
            {t.workspaces.role[role]}: {t.members.roles[role]}.
          </p>
          {own && member.role === 'admin' && role !== 'admin' && <p>{t.members.ownRole}</p>}
          {linked && <p>{t.members.linked({ name: person.full_name })}</p>}
        </div>
      }
    />
  );
}
