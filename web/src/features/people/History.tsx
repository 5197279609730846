import { useState } from 'react';
import type { PersonView } from '@/shared/api/schema.gen';
import { useWorkspace } from '@/shared/api/WorkspaceContext';
import { useI18n } from '@/shared/i18n/i18n';
import { toDay } from '@/shared/lib/days';
import { useToday } from '@/shared/plan/weeks';
import { Records } from '@/shared/resource/Records';
import { Dialog } from '@/shared/ui/Dialog';
import { Icon } from '@/shared/ui/Icon';
import ui from '@/shared/ui/ui.module.css';
import { useAvailabilities } from './useAvailabilities';
import type { Kind } from './dated';
import { useJobTitles } from './useJobTitles';
import { usePay } from './usePay';
import css from './people.module.css';
import { usePlacements } from './usePlacements';

/** What changes of a person from a day on, as one history. */
export function History({ person, mayEdit }: { person: PersonView; mayEdit: boolean }) {
  const { t } = useI18n();
  const today = useToday();
  const isAdmin = useWorkspace().tenant.role === 'admin';
  const pay = usePay(person, isAdmin);
  const kinds = [useJobTitles(person), usePlacements(person), useAvailabilities(person)];
  if (isAdmin) kinds.push(pay);
  const none = kinds.filter(({ entries }) => entries?.length === 0).map((kind) => kind.none);
  return (
    <Records
      about={person.full_name}
      title={t.people.records}
      titleOf={(entry) => entry.title}
      add={<Adding kinds={kinds} />}
      hint={none.join(' ')}
      items={kinds.flatMap(({ entries }) => entries ?? [])}
      error={kinds.find(({ error }) => error)?.error}
      dateOf={(entry) => entry.date}
      dateText={(entry) => entry.dateText}
      show={(entry) => (
        <>
          {entry.says}
          <small>
            {entry.title}{' '}
            {toDay(entry.date) > today && <span className={ui.badge}>{t.plan.upcoming}</span>}
          </small>
        </>
      )}
      mayEdit={mayEdit}
      remove={(entry) => entry.remove()}
      form={(entry, close) => entry?.form(close)}
    />
  );
}

/** A button for each kind of record that can be added. */
function Adding({ kinds }: { kinds: Kind[] }) {
  const { t } = useI18n();
  const [chosen, setChosen] = useState<string | null>(null);
  const close = () => setChosen(null);
  const kind = kinds.find(({ title }) => title === chosen);
  return (
    <div className={css.adding}>
      {kinds.map(({ title }) => (
        <button
          key={title}
          type="button"
          className="text-button"
          aria-label={t.resource.add({ what: title })}
          onClick={() => setChosen(title)}
        >
          <Icon name="plus" />
          {title}
        </button>
      ))}
      {kind && (
        <Dialog title={t.resource.add({ what: kind.title })} close={close}>
          {kind.form(close)}
        </Dialog>
      )}
    </div>
  );
}
