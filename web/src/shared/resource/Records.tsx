import { useState, type ReactNode } from 'react';
import { useI18n } from '../i18n/i18n';
import { toDay } from '../lib/days';
import { IconButton } from '../ui/primitives';
import { Dialog } from '../ui/Dialog';
import { ErrorNotice } from '../ui/ErrorNotice';
import css from '../ui/list.module.css';
import ui from '../ui/ui.module.css';
import { useSteps } from './useSteps';

interface RecordsProps<R> {
  /** Whose records they are. */
  about: string;
  title: string;
  /** What a record is called, where they are not all of one kind. */
  titleOf?: (r: R) => string;
  hint?: string;
  /** Said where there are none. */
  empty?: string;
  items: R[] | undefined;
  error: unknown;
  dateOf: (r: R) => string;
  /** A text to show in place of the date, for dates that stand for something else. */
  dateText?: (r: R) => string | undefined;
  show: (r: R) => ReactNode;
  mayEdit: boolean;
  /** Ways to add one, where there is more than one. */
  add?: ReactNode;
  /** Whether a record may be removed, where not all may. */
  mayRemove?: (r: R) => boolean;
  remove: (r: R) => Promise<unknown>;
  /** The form for a new record (null) or for the one to edit. */
  form: (record: R | null, close: () => void) => ReactNode;
}

/** Dated records as one readable history, the newest first. */
export function Records<R extends { id: string }>(props: RecordsProps<R>) {
  const { t, f } = useI18n();
  const [open, setOpen] = useState<R | 'new' | null>(null);
  const [failure, setFailure] = useState<unknown>(null);
  const { changed } = useSteps();
  const close = () => setOpen(null);
  const items = [...(props.items ?? [])].sort((a, b) =>
    props.dateOf(b).localeCompare(props.dateOf(a)),
  );
  const titleOf = (r: R) => props.titleOf?.(r) ?? props.title;
  const dateOf = (r: R) => props.dateText?.(r) ?? f.date(toDay(props.dateOf(r)));
  const drop = (r: R) => {
    setFailure(null);
    const what = `${props.about} · ${titleOf(r)}, ${dateOf(r)}`;
    props
      .remove(r)
      .then(() => changed(t.resource.removed({ what })))
      .catch(setFailure);
  };
  // A record that others change meanwhile is edited as it is now.
  const now = open === 'new' ? null : (items.find((r) => r.id === open?.id) ?? open);
  return (
    <section className={ui.panel}>
      <div className={ui.panelHead}>
        <h2>{props.title}</h2>
        {props.mayEdit && !props.add && (
          <IconButton
            icon="plus"
            label={t.resource.add({ what: props.title })}
            onClick={() => setOpen('new')}
          />
        )}
      </div>
      {props.mayEdit && props.add}
      {props.hint && <p className={ui.hint}>{props.hint}</p>}
      <ErrorNotice error={failure ?? props.error} />
      {props.empty && props.items && items.length === 0 && <p className={ui.hint}>{props.empty}</p>}
      <ul className={css.records}>
        {items.map((r) => {
          const date = dateOf(r);
          return (
            <li key={r.id} className={css.record}>
              <time dateTime={props.dateOf(r)}>{date}</time>
              <div>{props.show(r)}</div>
              {props.mayEdit && (
                <span className={css.actions}>
                  <IconButton
                    icon="edit"
                    label={t.resource.edit({ what: titleOf(r), date })}
                    onClick={() => setOpen(r)}
                  />
                  {(props.mayRemove?.(r) ?? true) && (
                    <IconButton
                      icon="trash"
                      label={t.resource.remove({ what: titleOf(r), date })}
                      onClick={() => drop(r)}
                    />
                  )}
                </span>
              )}
            </li>
          );
        })}
      </ul>
      {open !== null && (
        <Dialog
          title={open === 'new' ? t.resource.add({ what: props.title }) : titleOf(open)}
          close={close}
        >
          {props.form(now, close)}
        </Dialog>
      )}
    </section>
  );
}
