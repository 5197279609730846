/** Time off in words and as a form: what a planner enters, and what somebody asks for themselves. */
import type { TimeOffView } from '../api/schema.gen';
import { choice, date, hours, optionsOf, text } from '../form/fields';
import { useI18n } from '../i18n/i18n';

type Part = Pick<TimeOffView, 'portion' | 'minutes_per_day'>;

export function useTimeOffTexts() {
  const { t, f } = useI18n();
  const { vacation, sick, parental, otherOff: other } = t.schedule;
  const { approved, requested, declined, portions } = t.people;
  return {
    kinds: { vacation, sick, parental, other },
    statuses: { approved, requested, declined },
    /** How much of each day it is, where it is not all of it. */
    part: ({ portion, minutes_per_day }: Part): string | undefined => {
      if (minutes_per_day !== null) return t.unit.perDay({ n: f.h(minutes_per_day) });
      return portion === 'day' ? undefined : portions[portion];
    },
  };
}

export function useTimeOffFields() {
  const { t } = useI18n();
  const { kinds } = useTimeOffTexts();
  return [
    date('from', t.schedule.start, { required: true, half: true }),
    date('to', t.schedule.end, { required: true, half: true, notBefore: 'from' }),
    choice('kind', t.people.kind, optionsOf(kinds)),
    choice('portion', t.people.portion, optionsOf(t.people.portions)),
    hours('minutes_per_day', t.people.hoursPerDay, {
      required: true,
      shown: ({ portion }) => portion === 'minutes',
    }),
    text('reason', t.people.reason),
  ] as const;
}

/** As it is sent: hours belong to what is asked for by hours. */
export const writtenTimeOff = <B extends Part>(body: B): B => ({
  ...body,
  minutes_per_day: body.portion === 'minutes' ? body.minutes_per_day : null,
});
