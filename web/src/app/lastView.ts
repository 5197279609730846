/** What of a view is a habit rather than a question of the day: the next visit opens at today, with everybody in sight. */
const KEPT = ['group', 'sort', 'density', 'zoom'];

/** The address to open at the next visit. */
export function lastView({ pathname, search }: { pathname: string; search: object }): string {
  const kept = Object.entries(search).filter(([name, value]) => KEPT.includes(name) && value);
  const query = new URLSearchParams(kept.map(([name, value]) => [name, String(value)]));
  return query.size > 0 ? `${pathname}?${query}` : pathname;
}
