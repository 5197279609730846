/** What was typed and not saved: boxes around forms ask before they throw it away. */
import { Button } from '@mantine/core';
import {
  createContext,
  useContext,
  useEffect,
  useId,
  useMemo,
  useRef,
  useState,
  type ReactNode,
} from 'react';
import { useI18n } from '../i18n/i18n';
import { noteUnsaved } from '../lib/unsaved';
import css from './ui.module.css';

const Box = createContext<Set<string>>(new Set());

/** Says of a form whether it holds what is not saved. */
export function useUnsaved(dirty: boolean) {
  const id = useId();
  const box = useContext(Box);
  useEffect(() => {
    if (!dirty) return;
    box.add(id);
    noteUnsaved(id, true);
    return () => {
      box.delete(id);
      noteUnsaved(id, false);
    };
  }, [box, dirty, id]);
}

interface Asked {
  /** Closes, or asks where something is not saved. Asking twice closes. */
  leave: () => void;
  /** Asks again and again where something is not saved, and closes otherwise; true when it asked. */
  stay: () => boolean;
  /** Puts the box around its forms, with the question where there is one. */
  around: (forms: ReactNode) => ReactNode;
}

/** For a dialog or popover: asks before what was typed in it is lost. */
export function useAskBefore(close: () => void): Asked {
  const box = useMemo(() => new Set<string>(), []);
  const [asking, setAsking] = useState(false);
  const ask = () => {
    if (box.size === 0) close();
    else setAsking(true);
    return box.size > 0;
  };
  return {
    leave: () => (asking ? close() : void ask()),
    stay: ask,
    around: (forms) => (
      <Box value={box}>
        {forms}
        {asking && <Question discard={close} goOn={() => setAsking(false)} />}
      </Box>
    ),
  };
}

function Question({ discard, goOn }: { discard: () => void; goOn: () => void }) {
  const { t } = useI18n();
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => box.current?.querySelector<HTMLElement>('[data-autofocus]')?.focus(), []);
  return (
    <div ref={box} role="alertdialog" aria-label={t.unsaved.question} className={css.question}>
      <p>{t.unsaved.question}</p>
      <Button variant="default" onClick={discard}>
        {t.unsaved.discard}
      </Button>
      <Button onClick={goOn} data-autofocus>
        {t.unsaved.goOn}
      </Button>
    </div>
  );
}
