/** The command palette: finds people, projects, clients, screens and commands by what is typed. */
import { useEffect, useId, useRef, useState, type KeyboardEvent } from 'react';
import { useI18n } from '@/shared/i18n/i18n';
import { Dialog } from '@/shared/ui/Dialog';
import { ErrorNotice } from '@/shared/ui/ErrorNotice';
import { Icon } from '@/shared/ui/Icon';
import { announce } from '@/shared/ui/toasts';
import { grouped, type Entry } from './found';
import css from './palette.module.css';
import { useEntries } from './useEntries';

export default function Palette({ close }: { close: () => void }) {
  const { t } = useI18n();
  const [typed, setTyped] = useState('');
  const { entries, asking, error } = useEntries(typed);
  const [active, setActive] = useState(0);
  const list = useId();
  const at = Math.min(active, entries.length - 1);
  const current = entries[at];
  const idOf = (entry: Entry) => `${list}-${entry.kind}-${entry.id}`;

  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    box.current?.querySelector('[aria-selected=true]')?.scrollIntoView({ block: 'nearest' });
  }, [at]);
  const none = !asking && entries.length === 0;
  const count = asking ? undefined : entries.length;
  useEffect(() => {
    if (count !== undefined) announce(t.palette.found(count));
  }, [count, t]);

  const choose = (entry: Entry, other: boolean) => {
    close();
    ((other && entry.other) || entry.run)();
  };
  const press = (e: KeyboardEvent) => {
    const steps: Record<string, number> = { ArrowDown: 1, ArrowUp: -1 };
    const step = steps[e.key];
    if (step !== undefined && entries.length > 0) {
      e.preventDefault();
      setActive((at + step + entries.length) % entries.length);
    }
    if (e.key === 'Enter' && current) {
      e.preventDefault();
      choose(current, e.shiftKey);
    }
  };
  return (
    <Dialog title={t.palette.title} close={close} quiet>
      <div className={css.field}>
        <Icon name="search" />
        <input
          // The dialog was opened to type here.
          autoFocus
          className={css.input}
          role="combobox"
          aria-label={t.palette.title}
          aria-expanded="true"
          aria-controls={list}
          aria-autocomplete="list"
          aria-activedescendant={current && idOf(current)}
          placeholder={t.palette.hint}
          autoComplete="off"
          spellCheck={false}
          value={typed}
          onChange={(e) => {
            setTyped(e.target.value);
            setActive(0);
          }}
          onKeyDown={press}
        />
      </div>
      <ErrorNotice error={error} />
      <div ref={box} id={list} role="listbox" aria-label={t.palette.results} className={css.list}>
        {grouped(entries).map(([kind, of]) => (
          <div key={kind} role="group" aria-label={t.palette.kinds[kind]}>
            <p className={css.kind} aria-hidden="true">
              {t.palette.kinds[kind]}
            </p>
            {of.map((entry) => (
              <div
                key={entry.id}
                id={idOf(entry)}
                role="option"
                aria-selected={entry === current}
                className={css.entry}
                onPointerMove={() => setActive(entries.indexOf(entry))}
                onClick={(e) => choose(entry, e.shiftKey)}
              >
                <Icon name={entry.icon} />
                <span className={css.text}>{entry.text}</span>
                {entry === current && entry.other && (
                  <span className={css.other}>{t.palette.inSchedule}</span>
                )}
              </div>
            ))}
          </div>
        ))}
      </div>
      {none && <p className={css.none}>{t.palette.nothing({ typed: typed.trim() })}</p>}
    </Dialog>
  );
}
