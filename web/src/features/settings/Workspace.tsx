import { useQuery } from '@tanstack/react-query';
import type { SettingsPatch, SettingsView } from '@/shared/api/schema.gen';
import { useTitle } from '@/shared/api/useTitle';
import { useWorkspace } from '@/shared/api/WorkspaceContext';
import { choice, hours, optionsOf, text } from '@/shared/form/fields';
import { reference } from '@/shared/form/reference';
import { search } from '@/shared/form/search';
import { useI18n } from '@/shared/i18n/i18n';
import { Facts } from '@/shared/resource/Facts';
import { isColour } from '@/shared/ui/accent';
import { ErrorNotice } from '@/shared/ui/ErrorNotice';
import { Waiting } from '@/shared/ui/primitives';
import ui from '@/shared/ui/ui.module.css';
import { currencies, isSlug, timeZones } from './options';
import { Part } from './Part';
import css from './settings.module.css';
import { Week } from './Week';

/** The workspace's settings: forms for admins, facts for everybody else. */
export default function Workspace() {
  const { t } = useI18n();
  const { tenant, api } = useWorkspace();
  const { data, error, refetch } = useQuery(api.q('get_settings', {}));
  useTitle(t.settings.title);
  const may = tenant.role === 'admin';
  return (
    <div className={ui.page}>
      <div className={ui.pageHead}>
        <h1>{t.settings.pages.workspace}</h1>
      </div>
      {!may && <p className={ui.hint}>{t.settings.readOnly}</p>}
      <ErrorNotice error={error} retry={() => void refetch()} />
      {!data && !error && <Waiting />}
      {data && (
        <div className={ui.columns}>
          {may ? <Parts settings={data} /> : <Read settings={data} />}
          <div className={css.stack}>
            {may && <Planning settings={data} />}
            <Week settings={data} mayEdit={may} />
          </div>
        </div>
      )}
    </div>
  );
}

function useSave(settings: SettingsView) {
  const { api } = useWorkspace();
  return (body: SettingsPatch) =>
    api.call('change_settings', {}, { body, expect: settings.version });
}

const useCalendars = () => useQuery(useWorkspace().api.all('list_holiday_calendars', {}));

function Parts({ settings }: { settings: SettingsView }) {
  const { t, f } = useI18n();
  const calendars = useCalendars().data ?? [];
  const save = useSave(settings);
  const nothing = t.settings.noMatch;
  return (
    <>
      <Part
        title={t.settings.identity}
        fields={[
          text('name', t.settings.name, { required: true }),
          text('slug', t.settings.slug, {
            required: true,
            description: t.settings.slugHint,
            check: (typed) => (isSlug(typed) ? undefined : t.settings.slugShape),
          }),
          choice('theme', t.settings.theme, optionsOf(t.settings.themes)),
          text('accent', t.settings.accent, {
            description: t.settings.accentHint,
            check: (typed) =>
              // What was there before is nobody's mistake here.
              isColour(typed) || typed === settings.accent ? undefined : t.settings.accentShape,
          }),
          text('logo_url', t.settings.logo, { description: t.settings.logoHint }),
        ]}
        record={settings}
        save={save}
      />
      <Part
        title={t.settings.calendar}
        fields={[
          search('time_zone', t.settings.timeZone, timeZones(), { nothing }),
          choice('week_start', t.settings.weekStart, optionsOf(t.settings.weekStarts)),
          reference(
            'holiday_calendar_id',
            t.settings.calendarOf,
            calendars.map(({ id, name }) => ({ value: id, label: name })),
            { none: t.settings.noCalendar },
          ),
          search('currency', t.settings.currency, currencies(f.locale), { nothing }),
          choice('units', t.settings.units, optionsOf(t.settings.unitNames)),
        ]}
        record={settings}
        save={save}
      />
    </>
  );
}

function Planning({ settings }: { settings: SettingsView }) {
  const { t } = useI18n();
  const save = useSave(settings);
  return (
    <Part
      title={t.settings.planning}
      fields={[
        choice('overbooking', t.settings.overbooking, optionsOf(t.settings.overbookings)),
        hours('tolerance_minutes', t.settings.tolerance, { required: true }),
      ]}
      record={settings}
      save={({ tolerance_minutes, ...rest }) =>
        save({ ...rest, tolerance_minutes: tolerance_minutes ?? undefined })
      }
    />
  );
}

function Read({ settings }: { settings: SettingsView }) {
  const { t, f } = useI18n();
  const calendars = useCalendars().data;
  const calendar = calendars?.find((c) => c.id === settings.holiday_calendar_id);
  return (
    <Facts
      facts={[
        [t.settings.name, settings.name],
        [t.settings.slug, settings.slug],
        [t.settings.timeZone, settings.time_zone.replaceAll('_', ' ')],
        [t.settings.weekStart, t.settings.weekStarts[settings.week_start]],
        [t.settings.calendarOf, calendar?.name],
        [t.settings.currency, settings.currency],
        [t.settings.units, t.settings.unitNames[settings.units]],
        [t.settings.overbooking, t.settings.overbookings[settings.overbooking]],
        [t.settings.tolerance, f.hours(settings.tolerance_minutes)],
      ]}
    />
  );
}
