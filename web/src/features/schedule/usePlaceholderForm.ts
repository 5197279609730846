import { useCallback, useMemo, useState, type RefObject } from 'react';

interface PlaceholderFormState {
  /** The id of the placeholder whose form is open, null for a new one's; undefined where none is. */
  open: string | null | undefined;
  edit: (id: string) => void;
  /** Null for those who may not plan. */
  add: (() => void) | null;
  close: () => void;
  added: () => void;
  removed: () => void;
}

/** The placeholders' form, whose it is, and what follows from it on the grid. */
export function usePlaceholderForm(
  grid: RefObject<HTMLElement | null>,
  mayPlan: boolean,
): PlaceholderFormState {
  const [open, setOpen] = useState<string | null | undefined>(undefined);
  const edit = useCallback((id: string) => setOpen(mayPlan ? id : undefined), [mayPlan]);
  const add = useMemo(() => (mayPlan ? () => setOpen(null) : null), [mayPlan]);
  const close = useCallback(() => setOpen(undefined), []);
  const added = useCallback(() => grid.current?.scrollTo({ top: 0 }), [grid]);
  const removed = useCallback(() => {
    // The button that opened the form is gone with its row.
    if (document.activeElement === document.body) grid.current?.focus({ preventScroll: true });
  }, [grid]);
  return { open, edit, add, close, added, removed };
}
