import { useEffect, useRef, useState, type RefObject } from 'react';

/** Calls `close` at a press beside the box, while that is shown. */
export function usePressBeside(
  box: RefObject<HTMLElement | null>,
  shown: boolean,
  close: () => void,
) {
  const latest = useRef(close);
  useEffect(() => {
    latest.current = close;
  });
  useEffect(() => {
    if (!shown) return;
    const press = (e: PointerEvent) => !box.current?.contains(e.target as Node) && latest.current();
    document.addEventListener('pointerdown', press);
    return () => document.removeEventListener('pointerdown', press);
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
      if (e.key !== 'Escape') return;
      setOpen(false);
      button.current?.focus();
    };
    document.addEventListener('keydown', escape);
    return () => document.removeEventListener('keydown', escape);
  }, [open]);
  return { open, close, toggle: () => setOpen(!open), box, button };
}
