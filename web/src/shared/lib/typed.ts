/** Parsing and formatting of what people type for numbers, hours and tags. */

/** A number as typed, with a point or a comma; null for nothing, NaN for no number. */
export function numberOf(text: string): number | null {
  const clean = text.trim().replace(',', '.');
  if (clean === '') return null;
  return /^\d+(\.\d+)?$/.test(clean) ? Number(clean) : Number.NaN;
}
export const numberText = (n: number | null | undefined): string =>
  n === null || n === undefined ? '' : String(n);

/** Hours as typed, in minutes; null for nothing, NaN for no number. */
export function minutesOf(text: string): number | null {
  const hours = numberOf(text);
  return hours === null ? null : Math.round(hours * 60);
}
export const hoursText = (minutes: number | null | undefined): string =>
  minutes === null || minutes === undefined ? '' : numberText(minutes / 60);

/** Tags as typed, each once. */
export const splitTags = (text: string): string[] => [
  ...new Set(
    text
      .split(',')
      .map((s) => s.trim())
      .filter(Boolean),
  ),
];
