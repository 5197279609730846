import { Button } from '@mantine/core';
import { ApiError } from '../api/client';
import { useI18n } from '../i18n/i18n';
import { sayError, sayProblem } from '../i18n/problem';
import css from './ui.module.css';

/** What happened, what was kept, what to do; the request id behind "Details". */
export function ErrorNotice({ error, retry }: { error: unknown; retry?: () => void }) {
  const words = useI18n();
  const { t } = words;
  if (!error) return null;
  const problem = error instanceof ApiError ? error.problem : null;
  const text = sayError(error, words);
  return (
    <div role="alert" className={css.error}>
      <p>{text}</p>
      {problem?.errors?.map((e) => (
        <p key={e.pointer}>{sayProblem(e, words)}</p>
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
