import { useEffect, useRef } from 'react';
import { lastStep, noteStep, noteStepped } from '../api/steps';
import { mayPlan } from '../api/useSession';
import { useInvalidate, useWorkspace } from '../api/WorkspaceContext';
import type { Catalogue } from '../i18n/catalogue';
import { useI18n } from '../i18n/i18n';
import { sayError } from '../i18n/problem';
import { dropByKey, hasToast, toast } from '../ui/toasts';

const QUESTION = 'take-back';
const here = () => window.location.pathname;

/** Takes the last step back; where it was not done on this page, and nobody would see it go, asks first. Asking twice does it. */
export function takeBack(tenant: string, undo: () => void, t: Catalogue) {
  const last = lastStep(tenant);
  if (last?.place === here() || hasToast(QUESTION)) {
    dropByKey(QUESTION);
    return undo();
  }
  const text = last ? t.steps.elsewhere({ what: last.text }) : t.steps.unknown;
  toast(text, { key: QUESTION, action: { text: t.action.undo, run: undo } });
}

/** Ctrl+Z and Ctrl+Shift+Z outside text fields. The first who hears a key takes it: a screen before the frame around it. */
export function useStepKeys(undo: () => void, redo: () => void, first = false) {
  const latest = useRef({ undo, redo });
  useEffect(() => {
    latest.current = { undo, redo };
  });
  useEffect(() => {
    const press = (e: KeyboardEvent) => {
      const { target } = e;
      const typing =
        target instanceof HTMLElement &&
        target.closest('input, textarea, select, [contenteditable], dialog, [role=dialog]');
      const key = e.key.toLowerCase();
      const meant = (e.ctrlKey || e.metaKey) && !e.altKey && (key === 'z' || key === 'y');
      if (!meant || typing || e.defaultPrevented) return;
      e.preventDefault();
      if (e.shiftKey || key === 'y') latest.current.redo();
      else latest.current.undo();
    };
    window.addEventListener('keydown', press, first);
    return () => window.removeEventListener('keydown', press, first);
  }, [first]);
}

/** Steps on the pages around the schedule: saying what was changed, taking it back, doing it again. */
export function useSteps() {
  const words = useI18n();
  const { t } = words;
  const { tenant, api } = useWorkspace();
  const invalidate = useInvalidate();
  const step = async (which: 'undo' | 'redo') => {
    try {
      const { label } = await api.call(which, {});
      noteStepped(api.tenant, which);
      const text = which === 'undo' ? t.schedule.undone({ label }) : t.schedule.redone({ label });
      const again = { text: t.action.redo, run: () => void step('redo') };
      toast(text, { key: 'undone', action: which === 'undo' ? again : undefined });
      await invalidate();
    } catch (error) {
      toast(t.schedule.refused({ reason: sayError(error, words) }), {
        kind: 'refused',
        key: 'refused',
      });
    }
  };
  const may = mayPlan(tenant.role);
  return {
    undo: () => void (may && takeBack(api.tenant, () => void step('undo'), t)),
    redo: () => void (may && step('redo')),
    /** Says of a change that it was made, with its way back. */
    changed: (text: string, key?: string) => {
      noteStep(api.tenant, { text, place: here() });
      toast(text, { key, undo: () => void step('undo') });
    },
  };
}
