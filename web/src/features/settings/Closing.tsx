import { Button } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { download } from '@/shared/api/client';
import type { Closing as ClosingView } from '@/shared/api/schema.gen';
import { useTitle } from '@/shared/api/useTitle';
import { useInvalidate, useWorkspace } from '@/shared/api/WorkspaceContext';
import { text } from '@/shared/form/fields';
import { Form } from '@/shared/form/Form';
import { useForm } from '@/shared/form/useForm';
import { useI18n } from '@/shared/i18n/i18n';
import { Dialog } from '@/shared/ui/Dialog';
import { ErrorNotice } from '@/shared/ui/ErrorNotice';
import { Waiting } from '@/shared/ui/primitives';
import { toast } from '@/shared/ui/toasts';
import ui from '@/shared/ui/ui.module.css';
import css from './settings.module.css';

const LOOK_MS = 3000;
/** What goes on by itself, and is looked at again. */
const moves = (closing: ClosingView | undefined) =>
  closing?.state === 'preparing' || closing?.state === 'resuming';

/** The end of a workspace: what it means, how far it is, and the way back. For admins. */
export default function Closing() {
  const { t } = useI18n();
  const { api } = useWorkspace();
  useTitle(t.settings.pages.closing);
  const { data, error, refetch } = useQuery({
    ...api.q('get_closing', {}),
    refetchInterval: ({ state }) => (moves(state.data) ? LOOK_MS : false),
  });
  return (
    <div className={ui.page}>
      <div className={ui.pageHead}>
        <h1>{t.settings.pages.closing}</h1>
      </div>
      <ErrorNotice error={error} retry={() => void refetch()} />
      {!data && !error && <Waiting />}
      {data?.state === 'open' && <Open />}
      {data && data.state !== 'open' && <Begun closing={data} />}
    </div>
  );
}

function Open() {
  const { t } = useI18n();
  const [asking, setAsking] = useState(false);
  return (
    <section className={`${ui.panel} ${css.narrow}`}>
      <p>{t.settings.closeHint}</p>
      <div className={css.actions}>
        <Button variant="default" onClick={() => setAsking(true)}>
          {t.settings.close}
        </Button>
      </div>
      {asking && <Asking close={() => setAsking(false)} />}
    </section>
  );
}

function Asking({ close }: { close: () => void }) {
  const { t } = useI18n();
  const { tenant, api } = useWorkspace();
  const invalidate = useInvalidate();
  const { name } = tenant;
  const form = useForm(
    [
      text('confirm', t.settings.closeType({ name }), {
        required: true,
        autoFocus: true,
        autoComplete: 'off',
        check: (typed) => (typed === name ? undefined : t.settings.closeOther({ name })),
      }),
    ],
    null,
    async (body) => {
      await api.call('close_tenant', {}, { body });
      close();
      await invalidate();
    },
  );
  return (
    <Dialog title={t.settings.closeTitle({ name })} close={close}>
      <Form form={form} hint={t.settings.closeWarning} submit={t.settings.close} cancel={close} />
    </Dialog>
  );
}

function Begun({ closing }: { closing: ClosingView }) {
  const { t, f } = useI18n();
  const { api } = useWorkspace();
  const invalidate = useInvalidate();
  const takeBack = useMutation({
    mutationFn: () => api.call('cancel_closing', {}),
    onSuccess: () => toast(t.settings.takenBack),
    onSettled: () => invalidate(),
  });
  const fetchAll = useMutation({
    mutationFn: () => download('get_closing_export', { tenant: api.tenant }, 'raally-export.jsonl'),
  });
  const { state, erase_at: at } = closing;
  if (state === 'open') return null;
  const when = new Intl.DateTimeFormat(f.locale, { dateStyle: 'long', timeStyle: 'short' });
  const waits = state === 'waiting';
  return (
    <section className={`${ui.panel} ${css.narrow}`}>
      <h2>{t.settings.closingNow}</h2>
      <p role="status">{t.settings.closingState[state]}</p>
      {at && (state === 'preparing' || waits) && (
        <p>{t.settings.eraseAt({ date: when.format(new Date(at)) })}</p>
      )}
      <ErrorNotice error={takeBack.error ?? fetchAll.error} />
      {(state === 'preparing' || waits) && (
        <div className={css.actions}>
          <Button loading={takeBack.isPending} onClick={() => takeBack.mutate()}>
            {t.settings.takeBack}
          </Button>
          {waits && (
            <Button
              variant="default"
              loading={fetchAll.isPending}
              onClick={() => fetchAll.mutate()}
            >
              {t.settings.export}
            </Button>
          )}
        </div>
      )}
    </section>
  );
}
