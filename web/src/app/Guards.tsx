import { useBlocker } from '@tanstack/react-router';
import { useI18n } from '../shared/i18n/i18n';
import { hasUnsaved } from '../shared/lib/unsaved';
import { useStepKeys, useSteps } from '../shared/resource/useSteps';

/** What holds on every screen of a workspace: Ctrl+Z takes steps back, and nothing typed is left behind without a question. */
export function Guards() {
  const { t } = useI18n();
  const { undo, redo } = useSteps();
  useStepKeys(undo, redo);
  useBlocker({
    shouldBlockFn: ({ current, next }) =>
      current.pathname !== next.pathname && hasUnsaved() && !window.confirm(t.unsaved.leave),
    enableBeforeUnload: hasUnsaved,
  });
  return null;
}
