import { useEffect, useRef, useState, type RefObject } from 'react';

/** Calls `close` at a press beside the box, while that is shown. Where it answers true the box stays, and the press does nothing else. */
export function usePressBeside(
  box: RefObject<HTMLElement | null>,
  shown: boolean,
  close: () => boolean | void,
) {
  const latest = useRef(close);
  useEffect(() => {
    latest.current = close;
  });
  useEffect(() => {
    if (!shown) return;
    let stays = false;
    const press = (e: Event) => {
      // What lies over the box, such as the dialog of an ended session, is not beside it.
      const over = e.target instanceof Element ? e.target.closest('dialog') : null;
      if (over && !over.contains(box.current)) return;
      const beside = !box.current?.contains(e.target as Node);
      if (e.type === 'pointerdown') stays = beside && latest.current() === true;
      if (!stays || !beside) return;
      e.preventDefault();
      e.stopPropagation();
      if (e.type === 'click') stays = false;
    };
    const parts = ['pointerdown', 'mousedown', 'click'];
    parts.forEach((type) => document.addEventListener(type, press, true));
    return () => parts.forEach((type) => document.removeEventListener(type, press, true));
  }, [box, shown]);
}

/** A panel under its button, both in a box: Escape closes it and gives the focus back, a press beside the box closes it. */
export function usePanel() {
  const [open, setOpen] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const close = () => setOpen(false);
  usePressBeside(box, open, close);
  useEffect(() => {
    if (!open) return;
    const escape = (e: KeyboardEvent) => {
      // A list that is open within closes first.
      const list =
        e.target instanceof Element && e.target.matches('[role=combobox][aria-expanded=true]');
      if (e.key !== 'Escape' || list) return;
      setOpen(false);
      button.current?.focus();
    };
    // Before the list hears of the key, and is closed already.
    document.addEventListener('keydown', escape, true);
    return () => document.removeEventListener('keydown', escape, true);
  }, [open]);
  return { open, close, toggle: () => setOpen(!open), box, button };
}
