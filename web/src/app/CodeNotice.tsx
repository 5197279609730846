import { useRouterState } from '@tanstack/react-router';
import { useI18n } from '../shared/i18n/i18n';
import { useChunks } from '../shared/lib/chunks';
import css from './shell.module.css';

/** Says that a screen's code is waited for, and offers the newer version where the server has one. */
export function CodeNotice() {
  const { t } = useI18n();
  const { waiting, replaced } = useChunks();
  const pending = useRouterState({ select: (s) => s.status === 'pending' });
  return (
    <div role="status" className={css.code}>
      {replaced ? (
        <p>
          {t.app.newVersion}
          <button type="button" className="text-button" onClick={() => window.location.reload()}>
            {t.app.reload}
          </button>
        </p>
      ) : (
        waiting > 0 && pending && <p>{t.app.waiting}</p>
      )}
    </div>
  );
}
