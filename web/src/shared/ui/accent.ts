/** A workspace's own accent, made readable on the grounds of the theme. */
import { contrast, mixed, parseHex, type Rgb } from './colour';

/** What the accent stands on, or beside: `surface` is the commonest ground, and the ink on a filled button. */
export interface Grounds {
  surface: string;
  /** The other grounds. */
  others: string[];
  text: string;
}
export interface Accent {
  accent: string;
  tint: string;
  ink: string;
}

/** The shape of a colour as settings have it; the first Raally had names of its own there. */
export const isColour = (text: string) => /^#[0-9a-f]{6}$/i.test(text);

const READABLE = 4.5;
const STEPS = 20;
const TINT = 0.12;

const hex = (colour: Rgb) =>
  `#${colour
    .map((channel) =>
      Math.round(channel * 255)
        .toString(16)
        .padStart(2, '0'),
    )
    .join('')}`;

/** The wished colour, as much of it as reads well: the rest is the colour of text. */
export function accentOn(wish: string, { surface, others, text }: Grounds): Accent {
  const ground = parseHex(surface);
  const grounds = [ground, ...others.map(parseHex)];
  const make = (share: number): Accent => {
    const accent = hex(mixed(parseHex(wish), parseHex(text), share));
    return { accent, tint: hex(mixed(parseHex(accent), ground, TINT)), ink: surface };
  };
  const reads = ({ accent, tint }: Accent) =>
    [...grounds, parseHex(tint)].every((on) => contrast(parseHex(accent), on) >= READABLE);
  const shares = Array.from({ length: STEPS + 1 }, (_, step) => 1 - step / STEPS);
  return shares.map(make).find(reads) ?? make(0);
}
