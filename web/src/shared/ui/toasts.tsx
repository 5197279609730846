import { useSyncExternalStore } from 'react';
import { useI18n } from '../i18n/i18n';
import { IconButton } from './primitives';
import css from './ui.module.css';

export interface Toast {
  id: number;
  text: string;
  kind: 'done' | 'refused';
  /** Toasts with one key replace each other instead of piling up. */
  key?: string;
  undo?: () => void;
  /** Another thing to do about it than taking it back. */
  action?: { text: string; run: () => void };
}

const SHOWN_MS = 8000;
const MOST = 3;
let toasts: Toast[] = [];
let next = 1;
let spoken = '';
const timers = new Map<number, ReturnType<typeof setTimeout>>();
const listeners = new Set<() => void>();
const notify = () => listeners.forEach((l) => l());
const subscribe = (l: () => void) => {
  listeners.add(l);
  return () => void listeners.delete(l);
};

function drop(id: number) {
  clearTimeout(timers.get(id));
  timers.delete(id);
  toasts = toasts.filter((t) => t.id !== id);
  notify();
}

const wait = (id: number) => timers.set(id, setTimeout(drop, SHOWN_MS, id));

/** Shows a sentence at the bottom left for eight seconds, and says it to screen readers. */
export function toast(text: string, options: Partial<Omit<Toast, 'id' | 'text'>> = {}) {
  const id = next++;
  const others = toasts.filter((t) => options.key === undefined || t.key !== options.key);
  // An older step's Undo would undo the newest one: only the last toast offers it, and none after something was undone.
  const kept = options.kind === 'refused' ? others : others.map((t) => ({ ...t, undo: undefined }));
  toasts = [...kept, { kind: 'done' as const, ...options, id, text }].slice(-MOST);
  wait(id);
  announce(text);
}

/** Whether a toast with that key is shown now. */
export const hasToast = (key: string) => toasts.some((t) => t.key === key);

export const dropByKey = (key: string) =>
  toasts.filter((t) => t.key === key).forEach((t) => drop(t.id));

/** Says a sentence through the one polite live region. */
export function announce(text: string) {
  spoken = spoken === text ? `${text}\u00a0` : text;
  notify();
}

export function clearToasts() {
  toasts.forEach((t) => drop(t.id));
}

export function Toasts() {
  const { t } = useI18n();
  const shown = useSyncExternalStore(subscribe, () => toasts);
  const text = useSyncExternalStore(subscribe, () => spoken);
  return (
    <>
      <div className={`visually-hidden ${css.spoken}`} role="status" aria-live="polite">
        {text}
      </div>
      <div className={css.toasts} role="log" aria-live="off">
        {shown.map((item) => (
          <div
            key={item.id}
            className={css.toast}
            data-kind={item.kind}
            onPointerEnter={() => clearTimeout(timers.get(item.id))}
            onPointerLeave={() => wait(item.id)}
          >
            <p>{item.text}</p>
            {item.action && (
              <button
                type="button"
                className="text-button"
                onClick={() => {
                  drop(item.id);
                  item.action?.run();
                }}
              >
                {item.action.text}
              </button>
            )}
            {item.undo && (
              <button type="button" className="text-button" onClick={item.undo}>
                {t.action.undo}
              </button>
            )}
            <IconButton icon="close" label={t.action.close} onClick={() => drop(item.id)} />
          </div>
        ))}
      </div>
    </>
  );
}
