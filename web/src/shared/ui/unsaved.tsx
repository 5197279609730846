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

/** Forms with what is not saved, and those that are being saved. */
type Forms = Map<string, 'unsaved' | 'saving'>;
const Box = createContext<Forms>(new Map());

/** Says of a form whether it holds what is not saved, and whether that is on its way. */
export function useUnsaved(dirty: boolean, saving: boolean) {
  const id = useId();
  const box = useContext(Box);
  useEffect(() => {
    if (!dirty && !saving) return;
    box.set(id, saving ? 'saving' : 'unsaved');
    noteUnsaved(id, !saving);
    return () => {
      box.delete(id);
      noteUnsaved(id, false);
    };
  }, [box, dirty, saving, id]);
}

interface Asked {
  /** Closes, or asks where something is not saved. Asking twice closes. What is being saved is waited for: it may be refused. */
  leave: () => void;
  /** Asks again and again where something is not saved, and closes otherwise; true when the box stays. */
  stay: () => boolean;
  /** Puts the box around its forms, with the question where there is one. */
  around: (forms: ReactNode) => ReactNode;
}

/** For a dialog or popover: asks before what was typed in it is lost. */
export function useAskBefore(close: () => void): Asked {
  const box = useMemo((): Forms => new Map(), []);
  const [asking, setAsking] = useState(false);
  const ask = () => {
    const forms = [...box.values()];
    if (forms.length === 0) close();
    else if (!forms.includes('saving')) setAsking(true);
    return forms.length > 0;
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
