import { useEffect, useRef, useState } from 'react';

const TYPING_MS = 250;

/** The text of a search field, debounced into the URL; follows the URL when that changes by other means. */
export function useSearchText(q: string, set: (q: string | undefined) => void) {
  const [text, setText] = useState(q);
  const known = useRef(q);
  useEffect(() => {
    if (q === known.current) return;
    known.current = q;
    setText(q);
  }, [q]);
  useEffect(() => {
    const wanted = text.trim();
    if (wanted === known.current) return;
    const timer = setTimeout(() => {
      known.current = wanted;
      set(wanted || undefined);
    }, TYPING_MS);
    return () => clearTimeout(timer);
  });
  return [text, setText] as const;
}
