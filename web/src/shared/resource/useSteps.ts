import { useEffect, useRef } from 'react';
import { ApiError } from '../api/client';
import { forgetSteps, lastStep, noteStep, noteStepped } from '../api/steps';
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
  const refused = (reason: string) =>
    toast(t.schedule.refused({ reason }), { kind: 'refused', key: 'refused' });
  const again = { text: t.action.redo, run: () => void step('redo') };
  const wasUndone = (label: string, own = true) =>
    toast(t.schedule.undone({ label }), { key: 'undone', action: own ? again : undefined });
  const step = async (which: 'undo' | 'redo') => {
    try {
      const { label } = await api.call(which, {});
      noteStepped(api.tenant, which);
      if (which === 'undo') wasUndone(label);
      else toast(t.schedule.redone({ label }), { key: 'undone' });
      await invalidate();
    } catch (error) {
      refused(sayError(error, words));
    }
  };
  const undoNamed = async (id: string, own: boolean) => {
    try {
      const { step: taken, label } = await api.call('undo', { step: id });
      if (own) forgetSteps(api.tenant);
      wasUndone(label, own);
      // Whoever asks knows of the step before it is listed.
      void invalidate();
      return taken;
    } catch (error) {
      const gone = error instanceof ApiError && error.problem.code === 'nothing-to-undo';
      refused(gone ? t.steps.gone : sayError(error, words));
      return null;
    }
  };
  const may = mayPlan(tenant.role);
  return {
    undo: () => void (may && takeBack(api.tenant, () => void step('undo'), t)),
    redo: () => void (may && step('redo')),
    /** Takes that step back; whose it is may do it again. Answers the step that it made, or null where it was refused. */
    undoNamed,
    /** Says of a change that it was made, with its way back. */
    changed: (text: string, key?: string) => {
      noteStep(api.tenant, { text, place: here() });
      toast(text, { key, undo: () => void step('undo') });
    },
  };
}
