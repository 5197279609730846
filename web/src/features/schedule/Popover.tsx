import {
  useEffect,
  useLayoutEffect,
  useRef,
  useState,
  type CSSProperties,
  type ReactNode,
} from 'react';
import { usePressBeside } from '@/shared/ui/usePanel';
import css from './schedule.module.css';

export interface Anchor {
  /** Within the frame: where the bar begins, and the row's top and bottom. */
  x: number;
  top: number;
  bottom: number;
}

const GAP = 4;
const px = (n: number) => `calc(${Math.round(n)} * var(--hairline))`;

/** A small dialog beside a bar: Escape or a press elsewhere closes it, Tab stays inside, focus goes back where it was. */
export function Popover({
  anchor,
  label,
  close,
  children,
}: {
  anchor: Anchor;
  label: string;
  close: () => void;
  children: ReactNode;
}) {
  const box = useRef<HTMLDivElement>(null);
  // Read before anything inside takes the focus.
  const [before] = useState(() =>
    document.activeElement instanceof HTMLElement ? document.activeElement : null,
  );
  const [place, setPlace] = useState<CSSProperties>({ opacity: 0 });
  useLayoutEffect(() => {
    const element = box.current;
    const frame = element?.parentElement;
    if (!element || !frame) return;
    const fit = () => {
      const [w, h] = [element.offsetWidth, element.offsetHeight];
      const left = Math.max(GAP, Math.min(anchor.x, frame.clientWidth - w - GAP));
      const below = anchor.bottom + GAP;
      const above = anchor.top - h - GAP;
      const top =
        below + h <= frame.clientHeight || above < 0
          ? Math.max(GAP, Math.min(below, frame.clientHeight - h - GAP))
          : above;
      setPlace({ left: px(left), top: px(top) });
    };
    fit();
    const resize = new ResizeObserver(fit);
    resize.observe(element);
    return () => resize.disconnect();
  }, [anchor]);
  usePressBeside(box, true, close);
  useEffect(() => () => before?.focus({ preventScroll: true }), [before]);
  const keys = (e: React.KeyboardEvent) => {
    if (e.key === 'Escape' && !e.defaultPrevented) {
      e.stopPropagation();
      close();
    }
    if (e.key !== 'Tab') return;
    const stops = [
      ...(box.current?.querySelectorAll<HTMLElement>(
        'input:not([type=hidden]), button, textarea, [href]',
      ) ?? []),
    ].filter((s) => !s.hasAttribute('disabled') && s.tabIndex >= 0);
    const [head, tail] = [stops[0], stops[stops.length - 1]];
    if (e.shiftKey ? document.activeElement === head : document.activeElement === tail) {
      e.preventDefault();
      (e.shiftKey ? tail : head)?.focus();
    }
  };
  return (
    <div
      ref={box}
      role="dialog"
      aria-label={label}
      className={css.popover}
      style={place}
      onKeyDown={keys}
    >
      {children}
    </div>
  );
}
