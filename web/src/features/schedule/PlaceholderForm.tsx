import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { isConflict } from '@/shared/api/client';
import type { Command, PlaceholderView } from '@/shared/api/schema.gen';
import { useInvalidate, useWorkspace } from '@/shared/api/WorkspaceContext';
import { area, text } from '@/shared/form/fields';
import { Form } from '@/shared/form/Form';
import { reference } from '@/shared/form/reference';
import { useForm } from '@/shared/form/useForm';
import { useI18n } from '@/shared/i18n/i18n';
import { Dialog } from '@/shared/ui/Dialog';
import { ErrorNotice } from '@/shared/ui/ErrorNotice';
import { Loading } from '@/shared/ui/primitives';
import ui from '@/shared/ui/ui.module.css';
import type { Planner } from './planner';
import css from './schedule.module.css';

interface PlaceholderFormProps {
  planner: Planner;
  /** Which one; null for a new one. */
  id: string | null;
  /** Hears that one was added, or is gone. */
  added: () => void;
  removed: () => void;
  close: () => void;
}

/** Adds a placeholder, changes what it asks for, or removes it with its bookings. */
export default function PlaceholderForm(props: PlaceholderFormProps) {
  const { t } = useI18n();
  const { id, close } = props;
  return (
    <Dialog title={id ? t.staff.edit : t.staff.add} close={close}>
      {id ? <Stored {...props} id={id} /> : <Fields {...props} record={null} />}
    </Dialog>
  );
}

function Stored(props: PlaceholderFormProps & { id: string }) {
  const { api } = useWorkspace();
  const query = { ...api.q('get_placeholder', { id: props.id }), gcTime: 0, staleTime: 0 };
  const { data, error, refetch } = useQuery(query);
  if (data) return <Fields {...props} record={data} />;
  if (error) return <ErrorNotice error={error} retry={() => void refetch()} />;
  return <Loading />;
}

const nothingYet = () => undefined;

function Fields(props: PlaceholderFormProps & { record: PlaceholderView | null }) {
  const { planner, record, added, removed, close } = props;
  const { t } = useI18n();
  const { api } = useWorkspace();
  const invalidate = useInvalidate();
  const newId = useMemo(() => crypto.randomUUID(), []);
  const { data: known, error } = useQuery(api.all('list_teams', {}));
  const teams = (known ?? []).map((team) => ({ value: team.id, label: team.name }));
  const fields = [
    text('title', t.people.jobTitle, {
      required: true,
      autoFocus: true,
      description: t.staff.titleHint,
    }),
    reference('team_id', t.people.team, teams, { none: t.people.noTeam }),
    area('notes', t.schedule.notes),
  ] as const;
  const send = async (command: Command, said: string) => {
    await planner.save([command], nothingYet, [command.id ?? ''], said);
    await planner.data.followOwn();
    await invalidate('list_placeholders');
    close();
  };
  const form = useForm(fields, record, async (body) => {
    const said = t.resource.saved({ what: body.title });
    const resource = 'placeholders';
    try {
      if (!record) {
        await send({ op: 'create', resource, id: newId, body }, said);
        return added();
      }
      const { id, version: expect } = record;
      const changes = form.changes(body);
      if (Object.keys(changes).length === 0) return close();
      await send({ op: 'update', resource, id, expect, body: changes }, said);
    } catch (failure) {
      // The placeholder as it is now, on which the next try is based.
      if (isConflict(failure)) await invalidate('get_placeholder');
      throw failure;
    }
  });
  const remove = async ({ id, title, version: expect }: PlaceholderView) => {
    close();
    const command: Command = { op: 'delete', resource: 'placeholders', id, expect };
    const commands = () => Promise.resolve([command]);
    await planner.write(commands, nothingYet, [id], t.resource.removed({ what: title }));
    await planner.data.followOwn();
    removed();
  };
  return (
    <Form
      form={form}
      failure={error}
      cancel={close}
      notice={record && <p className={ui.hint}>{t.staff.removeHint}</p>}
      extra={
        record && (
          <Button
            variant="light"
            color="danger"
            className={css.deletion}
            onClick={() => void remove(record)}
          >
            {t.action.remove}
          </Button>
        )
      }
    />
  );
}
