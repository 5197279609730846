import { Button } from '@mantine/core';
import { ApiError, OfflineError } from '../api/client';
import { useI18n } from '../i18n/i18n';
import css from './ui.module.css';

/** What happened, what was kept, what to do; the request id behind "Details". */
export function ErrorNotice({ error, retry }: { error: unknown; retry?: () => void }) {
  const { t } = useI18n();
  if (!error) return null;
  const problem = error instanceof ApiError ? error.problem : null;
  const text =
    error instanceof OfflineError
      ? t.error.offline
      : problem
        ? (problem.detail ?? problem.title)
        : t.error.unexpected;
  return (
    <div role="alert" className={css.error}>
      <p>{text}</p>
      {problem?.errors?.map((e) => (
        <p key={e.pointer}>{e.detail}</p>
      ))}
      {problem?.instance && (
        <details>
          <summary>{t.error.details}</summary>
          {t.error.request} {problem.instance}
        </details>
      )}
      {retry && (
        <Button variant="default" onClick={retry}>
          {t.action.retry}
        </Button>
      )}
    </div>
  );
}
