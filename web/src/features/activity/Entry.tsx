import { useId, useState } from 'react';
import type { AuditItem } from '@/shared/api/schema.gen';
import { useI18n } from '@/shared/i18n/i18n';
import { Avatar } from '@/shared/ui/primitives';
import ui from '@/shared/ui/ui.module.css';
import css from './activity.module.css';
import { Changes } from './Changes';
import { Thing } from './Thing';
import { mainOf, sayAlike, sayItem, whoDid, type StepEntry } from './told';

interface EntryProps {
  entry: StepEntry;
  time: (instant: string) => string;
  /** Takes the step back; undefined where that may not be tried. */
  undo: (() => Promise<void>) | undefined;
  undone: boolean;
  /** More of the step may come with the next page. */
  goesOn: boolean;
}

/** A step: when, who, what. One of several events opens. */
export function Entry({ entry, time, undo, undone, goesOn }: EntryProps) {
  const { t } = useI18n();
  const [open, setOpen] = useState(false);
  const list = useId();
  const main = mainOf(entry);
  const who = whoDid(main, t);
  const n = entry.items.length;
  return (
    <li className={css.entry}>
      <time dateTime={main.occurred_at}>{time(main.occurred_at)}</time>
      <Avatar name={who} />
      <div className={css.what}>
        <p>
          <span className={ui.name}>{who}</span> <Summary entry={entry} main={main} />{' '}
          {n > 1 && goesOn && t.activity.soFar}
          {main.imported && main.actor && <span className={ui.badge}>{t.activity.imported}</span>}
        </p>
        {n === 1 && <Changes item={main} />}
        {n > 1 && (
          <button
            type="button"
            className="text-button"
            aria-expanded={open}
            aria-controls={list}
            onClick={() => setOpen(!open)}
          >
            {open ? t.activity.fewer : t.activity.showAll({ n })}
          </button>
        )}
        {n > 1 && open && (
          <ul id={list} className={css.items}>
            {entry.items.toReversed().map((item) => (
              <li key={item.id}>
                <p>
                  {sayItem(item, t)} <Thing item={item} />
                </p>
                <Changes item={item} />
              </li>
            ))}
          </ul>
        )}
      </div>
      {(undo || undone) && <Undo label={main.label} undo={undo} undone={undone} />}
    </li>
  );
}

function Summary({ entry, main }: { entry: StepEntry; main: AuditItem }) {
  const { t } = useI18n();
  const alike = sayAlike(entry, t);
  if (alike) return alike;
  const more = entry.items.length - 1;
  return (
    <>
      {sayItem(main, t)} <Thing item={main} />
      {more > 0 && ` ${t.activity.andMore({ n: more })}`}
    </>
  );
}

/** Stays in its place when it was pressed, so that the keyboard does too. */
function Undo({ label, undo, undone }: Pick<EntryProps, 'undo' | 'undone'> & { label: string }) {
  const { t } = useI18n();
  const [waiting, setWaiting] = useState(false);
  const text = undone ? t.activity.undone : t.activity.undo;
  const press = () => {
    if (undone || waiting || !undo) return;
    setWaiting(true);
    void undo().finally(() => setWaiting(false));
  };
  return (
    <button
      type="button"
      className={`text-button ${css.undo}`}
      aria-label={`${text}: ${label}`}
      aria-disabled={undone || waiting}
      onClick={press}
    >
      {text}
    </button>
  );
}
