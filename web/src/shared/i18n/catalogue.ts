import type { Formats } from '../lib/format';
import type { en } from './en';
import type { problems } from './problems/en';
import type { warnings } from './warnings/en';

type Widen<T> = T extends string
  ? string
  : T extends (a: infer A) => string
    ? (a: A) => string
    : { [K in keyof T]: Widen<T[K]> };

/** A text for each code of a problem, but for those of kinds of records, which stand with the app's texts. */
export type ProblemTexts = Record<keyof typeof problems, string>;

/** A text for each code of a warning. */
export type WarningTexts = Record<keyof typeof warnings, string>;

/** Every text of the app. A key that a language lacks does not compile. */
export type Catalogue = Widen<typeof en>;

/** Texts and formats in the reader's language. */
export interface Words {
  t: Catalogue;
  f: Formats;
}

export type Locale = 'en' | 'es' | 'pt-BR';
export const LOCALES: { locale: Locale; name: string }[] = [
  { locale: 'en', name: 'English' },
  { locale: 'es', name: 'Español' },
  { locale: 'pt-BR', name: 'Português (Brasil)' },
];

/** The best of our languages for a list of wishes such as `navigator.languages`; English when none fits. */
export function pick(wishes: readonly (string | null | undefined)[]): Locale {
  for (const wish of wishes) {
    const language = wish?.toLowerCase().split(/[-_]/)[0];
    if (language === 'en' || language === 'es') return language;
    if (language === 'pt') return 'pt-BR';
  }
  return 'en';
}

export async function load(locale: Locale): Promise<Catalogue> {
  if (locale === 'es') return (await import('./es')).es;
  if (locale === 'pt-BR') return (await import('./pt-BR')).ptBR;
  return (await import('./en')).en;
}
