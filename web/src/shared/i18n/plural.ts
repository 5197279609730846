/** Picks the form for `n` by the language's own plural rules; `{n}` stands for the figure. */
export function pluralOf(locale: string) {
  const rules = new Intl.PluralRules(locale);
  const figures = new Intl.NumberFormat(locale);
  return (n: number, one: string, other: string): string =>
    (rules.select(n) === 'one' ? one : other).replace('{n}', figures.format(n));
}
