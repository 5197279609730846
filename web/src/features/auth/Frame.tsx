import type { ReactNode } from 'react';
import { useTitle } from '@/shared/api/useTitle';
import { LOCALES, type Locale } from '@/shared/i18n/catalogue';
import { useI18n } from '@/shared/i18n/i18n';
import css from './auth.module.css';

/** The quiet page around the forms of whoever is not in a workspace yet. */
export function Frame({ title, children }: { title: string; children: ReactNode }) {
  const { t, locale, setLocale } = useI18n();
  useTitle(title);
  return (
    <div className={css.frame}>
      <main className={css.card}>
        <p className={css.brand}>
          <img src="/icon.svg" alt="" className={css.logo} /> {t.app.name}
        </p>
        <h1>{title}</h1>
        {children}
      </main>
      <footer>
        <label className={css.language}>
          <span className="visually-hidden">{t.app.language}</span>
          <select value={locale} onChange={(e) => void setLocale(e.target.value as Locale)}>
            {LOCALES.map((l) => (
              <option key={l.locale} value={l.locale}>
                {l.name}
              </option>
            ))}
          </select>
        </label>
      </footer>
    </div>
  );
}
