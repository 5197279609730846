import { Link, useRouter } from '@tanstack/react-router';
import { useTitle } from '../shared/api/useTitle';
import { useI18n } from '../shared/i18n/i18n';
import { ErrorNotice } from '../shared/ui/ErrorNotice';
import ui from '../shared/ui/ui.module.css';

export function NotFound() {
  const { t } = useI18n();
  useTitle(t.app.notFound);
  return (
    <main className={ui.empty}>
      <h1>{t.app.notFound}</h1>
      <Link to="/">{t.app.goHome}</Link>
    </main>
  );
}

/** In the place of a screen that broke; what is around it stays. */
export function Broken({ error, reset }: { error: unknown; reset: () => void }) {
  const { t } = useI18n();
  const router = useRouter();
  const again = () => {
    reset();
    void router.invalidate();
  };
  return (
    <div className={ui.page}>
      <h1>{t.error.broke}</h1>
      <ErrorNotice error={error} retry={again} />
    </div>
  );
}
