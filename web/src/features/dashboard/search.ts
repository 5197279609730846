export interface DashboardSearch {
  from?: string;
  to?: string;
  tentative?: true;
}

const date = (v: unknown) =>
  typeof v === 'string' && /^\d{4}-\d{2}-\d{2}$/.test(v) ? v : undefined;

export function dashboardSearch(search: Record<string, unknown>): DashboardSearch {
  return {
    from: date(search.from),
    to: date(search.to),
    tentative: search.tentative === true ? true : undefined,
  };
}
