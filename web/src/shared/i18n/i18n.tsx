import { createContext, useContext, useMemo, useState, type ReactNode } from 'react';
import { fetchChunk } from '../lib/chunks';
import { formats } from '../lib/format';
import { load, pick, type Catalogue, type Locale, type Words } from './catalogue';

interface I18n extends Words {
  locale: Locale;
  setLocale: (l: Locale) => Promise<void>;
}

const Context = createContext<I18n | null>(null);
const KEY = 'raally-locale';

export const firstLocale = (): Locale => pick([localStorage.getItem(KEY), ...navigator.languages]);

/** Dates and figures follow the reader's own variant of the language where they have one (en-GB, es-MX). */
const variant = (locale: Locale) =>
  navigator.languages.find((l) => pick([l]) === locale && l.startsWith(locale.slice(0, 2))) ??
  locale;

export function I18nProvider({
  first,
  catalogue,
  children,
}: {
  first: Locale;
  catalogue: Catalogue;
  children: ReactNode;
}) {
  const [now, set] = useState({ locale: first, t: catalogue });
  const value = useMemo<I18n>(
    () => ({
      ...now,
      f: formats(variant(now.locale), now.t),
      setLocale: async (locale) => {
        const t = await fetchChunk(() => load(locale));
        localStorage.setItem(KEY, locale);
        document.documentElement.lang = locale;
        set({ locale, t });
      },
    }),
    [now],
  );
  return <Context value={value}>{children}</Context>;
}

export function useI18n(): I18n {
  const value = useContext(Context);
  if (!value) throw new Error('useI18n outside I18nProvider');
  return value;
}
