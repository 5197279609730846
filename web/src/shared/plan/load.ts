/** How the load of some days is drawn: a small chart, with the figure over it. */
export interface Load {
  booked_minutes: number;
  capacity_minutes: number;
  overbooked: boolean;
}

/** Which of the load's colours stands for it. */
export function loadOf(c: Load): 'over' | 'none' | '0' | '1' | '2' | '3' {
  if (c.overbooked) return 'over';
  if (c.capacity_minutes === 0) return 'none';
  const share = c.booked_minutes / c.capacity_minutes;
  return share === 0 ? '0' : share < 0.5 ? '1' : share < 0.95 ? '2' : '3';
}

/** How high the chart stands. */
export const shareOf = (c: Load | undefined): string =>
  c && c.capacity_minutes > 0
    ? `${Math.min(100, Math.round((100 * c.booked_minutes) / c.capacity_minutes))}%`
    : '0';
