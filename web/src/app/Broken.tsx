import { Link } from '@tanstack/react-router';
import { useI18n } from '../shared/i18n/i18n';
import { ErrorNotice } from '../shared/ui/ErrorNotice';
import ui from '../shared/ui/ui.module.css';

export function NotFound() {
  const { t } = useI18n();
  return (
    <main className={ui.empty}>
      <h1>{t.app.notFound}</h1>
      <Link to="/">{t.app.goHome}</Link>
    </main>
  );
}

export function Broken({ error, reset }: { error: unknown; reset: () => void }) {
  const { t } = useI18n();
  return (
    <main className={ui.page}>
      <h1>{t.error.broke}</h1>
      <ErrorNotice error={error} retry={reset} />
    </main>
  );
}
