import { Button } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useNavigate, useParams } from '@tanstack/react-router';
import { useState } from 'react';
import type { HolidayCalendarView } from '@/shared/api/schema.gen';
import { useInvalidate, useWorkspace } from '@/shared/api/WorkspaceContext';
import { useI18n } from '@/shared/i18n/i18n';
import { ResourcePage } from '@/shared/resource/ResourcePage';
import { useSteps } from '@/shared/resource/useSteps';
import { ErrorNotice } from '@/shared/ui/ErrorNotice';
import ui from '@/shared/ui/ui.module.css';
import { CalendarForm } from './CalendarForm';
import { Days } from './Days';
import css from './holidays.module.css';

interface UseProps {
  calendar: HolidayCalendarView;
  mayEdit: boolean;
  /** Is told that the calendar is about to be gone, or that it stays. */
  removing: (gone: boolean) => void;
}

/** For whom the calendar holds; it can be made the workspace's, or removed. */
function Use({ calendar, mayEdit, removing }: UseProps) {
  const { t } = useI18n();
  const { tenant, api } = useWorkspace();
  const invalidate = useInvalidate();
  const navigate = useNavigate();
  const { changed } = useSteps();
  const { data: settings } = useQuery(api.q('get_settings', {}));
  const makeUsual = useMutation({
    mutationFn: () =>
      api.call(
        'change_settings',
        {},
        { body: { holiday_calendar_id: calendar.id }, expect: settings?.version },
      ),
    onSettled: () => invalidate(),
    onSuccess: () => changed(t.holidays.madeUsual({ name: calendar.name })),
  });
  const remove = useMutation({
    onMutate: () => removing(true),
    onError: () => removing(false),
    mutationFn: async () => {
      await api.call('remove_holiday_calendar', { id: calendar.id }, { expect: calendar.version });
      await navigate({ to: '/w/$tenant/settings/holidays', params: { tenant: tenant.slug } });
      await invalidate();
      changed(t.resource.removed({ what: calendar.name }));
    },
  });
  const usual = settings?.holiday_calendar_id === calendar.id;
  return (
    <section className={ui.panel}>
      <div className={ui.panelHead}>
        <h2>{usual ? t.holidays.usual : t.holidays.use}</h2>
      </div>
      <p>{usual ? t.holidays.isUsual : t.holidays.notUsual}</p>
      <ErrorNotice error={makeUsual.error ?? remove.error} />
      {settings && !usual && mayEdit && (
        <div className={css.actions}>
          {tenant.role === 'admin' && (
            <Button
              variant="default"
              loading={makeUsual.isPending}
              onClick={() => makeUsual.mutate()}
            >
              {t.holidays.makeUsual}
            </Button>
          )}
          <Button variant="default" loading={remove.isPending} onClick={() => remove.mutate()}>
            {t.holidays.remove}
          </Button>
        </div>
      )}
    </section>
  );
}

export default function CalendarPage() {
  const { api } = useWorkspace();
  const { id = '' } = useParams({ strict: false });
  // What is gone is not asked for again while the page is left.
  const [gone, setGone] = useState(false);
  return (
    <ResourcePage
      query={{ ...api.q('get_holiday_calendar', { id }), enabled: !gone }}
      name={(c) => c.name}
      form={(c, done, cancel) => <CalendarForm calendar={c} done={done} cancel={cancel} />}
      panels={(c, may) => (
        <>
          <Days calendar={c} mayEdit={may} />
          <Use calendar={c} mayEdit={may} removing={setGone} />
        </>
      )}
    />
  );
}
