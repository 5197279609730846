import {
  useEffect,
  useLayoutEffect,
  useRef,
  useState,
  type CSSProperties,
  type ReactNode,
} from 'react';
import { useAskBefore } from '@/shared/ui/unsaved';
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

/**
 * A small dialog beside a bar, with which it moves: Escape closes it, a press elsewhere too unless something is not saved, Tab
 * stays inside, focus goes back where it was.
 */
export function Popover({
  anchor,
  onMove,
  label,
  close,
  children,
}: {
  /** Where the bar is now. */
  anchor: () => Anchor;
  /** Says when that may have changed. */
  onMove?: (moved: () => void) => () => void;
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
  const { stay, around } = useAskBefore(close);
  const latest = useRef(anchor);
  useLayoutEffect(() => {
    latest.current = anchor;
  });
  useLayoutEffect(() => {
    const element = box.current;
    const frame = element?.parentElement;
    if (!element || !frame) return;
    const fit = () => {
      const [w, h] = [element.offsetWidth, element.offsetHeight];
      const at = latest.current();
      const left = Math.max(GAP, Math.min(at.x, frame.clientWidth - w - GAP));
      const below = at.bottom + GAP;
      const above = at.top - h - GAP;
      const wanted = below + h <= frame.clientHeight || above < 0 ? below : above;
      const top = Math.max(GAP, Math.min(wanted, frame.clientHeight - h - GAP));
      setPlace({ left: px(left), top: px(top) });
    };
    fit();
    const resize = new ResizeObserver(fit);
    resize.observe(element);
    resize.observe(frame);
    const still = onMove?.(fit);
    return () => {
      resize.disconnect();
      still?.();
    };
  }, [onMove]);
  usePressBeside(box, true, stay);
  // Keys mean the popover from the first moment, also while what it shows is being fetched.
  useLayoutEffect(() => {
    if (!box.current?.contains(document.activeElement)) box.current?.focus({ preventScroll: true });
  }, []);
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
      tabIndex={-1}
      aria-label={label}
      className={css.popover}
      style={place}
      onKeyDown={keys}
    >
      {around(children)}
    </div>
  );
}
