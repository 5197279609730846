import { useBlocker } from '@tanstack/react-router';
import { useI18n } from '../shared/i18n/i18n';
import { hasUnsaved } from '../shared/lib/unsaved';

/** What holds on every screen of a workspace: nothing typed is left behind without a question. */
export function Guards() {
  const { t } = useI18n();
  useBlocker({
    shouldBlockFn: ({ current, next }) =>
      current.pathname !== next.pathname && hasUnsaved() && !window.confirm(t.unsaved.leave),
    enableBeforeUnload: hasUnsaved,
  });
  return null;
}
