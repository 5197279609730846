import type { DatedWeekBody, SettingsView } from '@/shared/api/schema.gen';
import { useInvalidate, useWorkspace } from '@/shared/api/WorkspaceContext';
import { date } from '@/shared/form/fields';
import { weekFields, weekText } from '@/shared/form/week';
import { useI18n } from '@/shared/i18n/i18n';
import { Records } from '@/shared/resource/Records';
import { ResourceForm } from '@/shared/resource/ResourceForm';
import { FIRST_DAY, put, without } from './weeks';

/** The working week of whoever has no other, from a day on. */
export function Week({ settings, mayEdit }: { settings: SettingsView; mayEdit: boolean }) {
  const words = useI18n();
  const { t, f } = words;
  const { api } = useWorkspace();
  const invalidate = useInvalidate();
  const weeks = settings.default_week;
  const save = (default_week: DatedWeekBody[]) =>
    api.call('change_settings', {}, { body: { default_week }, expect: settings.version });
  return (
    <Records
      about={settings.name}
      title={t.settings.week}
      hint={t.settings.weekHint}
      empty={t.settings.noWeek}
      items={weeks.map((week) => ({ ...week, id: week.effective_date }))}
      error={null}
      dateOf={(week) => week.effective_date}
      dateText={(week) => (week.effective_date === FIRST_DAY ? t.people.fromTheStart : undefined)}
      show={(week) => {
        const cycle = week.cycle ?? [];
        const [only, ...more] = cycle;
        const sum = only && more.length === 0 && only.reduce((all, day) => all + day, 0);
        return (
          <>
            {sum !== undefined && sum !== false && t.unit.perWeek({ n: f.h(sum) })}
            {cycle.map((days, i) => (
              <small key={i}>{weekText(days, words)}</small>
            ))}
          </>
        );
      }}
      mayEdit={mayEdit}
      mayRemove={() => weeks.length > 1}
      remove={async (week) => {
        await save(without(weeks, week.effective_date));
        await invalidate();
      }}
      form={(week, close) => (
        <ResourceForm
          fields={[
            date('effective_date', t.people.effective, { required: true }),
            ...weekFields(t),
          ]}
          record={week && { ...week, kind: 'days' }}
          save={(body) => save(put(weeks, week, body))}
          what={`${settings.name} · ${t.settings.week}`}
          done={close}
          cancel={close}
        />
      )}
    />
  );
}
