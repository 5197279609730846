import { Button } from '@mantine/core';
import type { AssignmentBar, ProjectLabel } from '@/shared/api/schema.gen';
import { useI18n } from '@/shared/i18n/i18n';
import { toDay } from '@/shared/lib/days';
import { ProjectLink } from './ProjectLink';
import css from './schedule.module.css';

/** What a bar says, for those who may not change it. */
export function Look({
  bar,
  project,
  close,
}: {
  bar: AssignmentBar;
  project: ProjectLabel | undefined;
  close: () => void;
}) {
  const { t, f } = useI18n();
  const facts: [string, string | null | undefined][] = [
    [t.schedule.effort, f.effort(bar.effort, bar.weekdays)],
    [t.schedule.dates, f.range(toDay(bar.start), bar.end === null ? null : toDay(bar.end))],
    [t.schedule.role, bar.role],
    [t.schedule.location, bar.location],
    [t.schedule.billing, bar.billable ? t.schedule.billable : t.schedule.notBillable],
    [t.schedule.notes, bar.notes],
  ];
  return (
    <>
      <h2 tabIndex={-1} ref={(e) => e?.focus()}>
        {project?.name}
      </h2>
      <ProjectLink id={bar.project_id} name={project?.name ?? ''} />
      {bar.tentative && <p>{t.schedule.tentative}</p>}
      {bar.include_non_working && <p>{t.schedule.nonWorking}</p>}
      <dl className={css.look}>
        {facts.map(
          ([name, value]) =>
            value && (
              <div key={name}>
                <dt>{name}</dt>
                <dd>{value}</dd>
              </div>
            ),
        )}
      </dl>
      <Button variant="default" onClick={close}>
        {t.action.close}
      </Button>
    </>
  );
}
