import { Checkbox, Select } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useSyncExternalStore } from 'react';
import { useWorkspace } from '@/shared/api/WorkspaceContext';
import { useI18n } from '@/shared/i18n/i18n';
import { toIso } from '@/shared/lib/days';
import { RecordSelect } from '@/shared/resource/RecordSelect';
import type { FilterSources } from './Filters';
import { useView } from './useView';
import { Views } from './Views';

/** One control for each filter; what is chosen counts at once. */
export default function FilterPanel(props: FilterSources & { close: () => void }) {
  const { t } = useI18n();
  const [search, set] = useView();
  const records = [
    { kind: 'team', name: 'team_id', label: t.schedule.groupTeam, nothing: t.filters.noTeam },
    { kind: 'skill', name: 'skill_id', label: t.filters.skill, nothing: t.filters.noSkill },
    {
      kind: 'project',
      name: 'project_id',
      label: t.schedule.project,
      nothing: t.schedule.noProjectFound,
    },
  ] as const;
  const [team, ...others] = records.map(({ name, ...record }) => (
    <RecordSelect
      key={name}
      {...record}
      none={t.filters.any}
      value={search[name] ?? ''}
      set={(id) => set({ [name]: id || undefined })}
    />
  ));
  return (
    <>
      {team}
      <RoleSelect {...props} />
      {others}
      <Checkbox
        label={t.filters.overbooked}
        checked={search.overbooked === true}
        onChange={(e) => set({ overbooked: e.currentTarget.checked || undefined })}
      />
      <Views {...props} />
    </>
  );
}

/** Job titles are no records: there are those that somebody has in the period. */
function RoleSelect({ data }: FilterSources) {
  const { t } = useI18n();
  const { api } = useWorkspace();
  const [{ role = '' }, set] = useView();
  const days = useSyncExternalStore(data.subscribe, data.getDays);
  const period = days && { from: toIso(days.from), to: toIso(days.to) };
  const found = useQuery({
    ...api.q('dashboard', period ?? { from: '', to: '' }),
    enabled: period !== null,
  });
  const titles = (found.data?.by_role ?? []).flatMap((figures) => figures.job_title ?? []);
  const options = [...new Set([...titles, ...(role ? [role] : [])])];
  return (
    <Select
      label={t.schedule.groupRole}
      searchable
      openOnFocus={false}
      data={[{ value: '', label: t.filters.any }, ...options]}
      // The field's own text is no question.
      filter={({ options: all, search: typed }) =>
        typed === (role || t.filters.any)
          ? all
          : all.filter((o) => 'label' in o && o.label.toLowerCase().includes(typed.toLowerCase()))
      }
      limit={100}
      value={role}
      allowDeselect={false}
      nothingFoundMessage={t.filters.noRole}
      onChange={(title) => set({ role: title || undefined })}
      onFocus={(e) => e.currentTarget.select()}
      comboboxProps={{ withinPortal: false, floatingStrategy: 'fixed' }}
    />
  );
}
