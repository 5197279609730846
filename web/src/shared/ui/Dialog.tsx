import { useLayoutEffect, useRef, type ReactNode } from 'react';
import css from './dialog.module.css';
import { useAskBefore } from './unsaved';

const nothing = () => undefined;

/**
 * A modal dialog by the browser's own means: focus stays inside, Escape closes it (unless there is no way around it) after asking
 * where something is not saved, focus goes back.
 */
export function Dialog({
  title,
  close,
  quiet,
  children,
}: {
  title: string;
  close?: () => void;
  /** Its title is said to screen readers alone. */
  quiet?: boolean;
  children: ReactNode;
}) {
  const box = useRef<HTMLDialogElement>(null);
  const { leave, around } = useAskBefore(close ?? nothing);
  // A layout effect ends before the dialog leaves the page; afterwards it could not give the focus back.
  useLayoutEffect(() => {
    const element = box.current;
    if (element && !element.open) element.showModal();
    return () => element?.close();
  }, []);
  return (
    <dialog
      ref={box}
      className={css.dialog}
      aria-label={title}
      onCancel={(e) => {
        e.preventDefault();
        if (close) leave();
      }}
      onClose={close}
    >
      <h2 className={quiet ? 'visually-hidden' : undefined}>{title}</h2>
      {around(children)}
    </dialog>
  );
}
