/** Colour arithmetic, for a workspace's accent and for the tests of the tokens: WCAG contrast, CIEDE2000 and the colour vision of Machado 2009. */

export type Rgb = readonly [number, number, number];
export type Vision = 'normal' | 'protanopia' | 'deuteranopia' | 'tritanopia';

/** Channels of `#RRGGBB`, each 0..1, still gamma-encoded. */
export function parseHex(hex: string): Rgb {
  const n = Number.parseInt(hex.slice(1, 7), 16);
  return [(n >> 16) / 255, ((n >> 8) & 255) / 255, (n & 255) / 255];
}

const decode = (c: number) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
const map = (c: Rgb, f: (v: number) => number): Rgb => [f(c[0]), f(c[1]), f(c[2])];
export const linear = (c: Rgb): Rgb => map(c, decode);

/** WCAG 2.2 contrast ratio of two opaque colours, 1..21. */
export function contrast(a: Rgb, b: Rgb): number {
  const luminance = (c: Rgb) => {
    const [r, g, bl] = linear(c);
    return 0.2126 * r + 0.7152 * g + 0.0722 * bl;
  };
  const [x, y] = [luminance(a), luminance(b)];
  return (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05);
}

// Björn Ottosson's OKLab, from and to linear RGB.
const TO_LMS = [
  [0.4122214708, 0.5363325363, 0.0514459929],
  [0.2119034982, 0.6806995451, 0.1073969566],
  [0.0883024619, 0.2817188376, 0.6299787005],
] as const;
const FROM_LMS = [
  [4.0767416621, -3.3077115913, 0.2309699292],
  [-1.2684380046, 2.6097574011, -0.3413193965],
  [-0.0041960863, -0.7034186147, 1.707614701],
] as const;
const encode = (c: number) => (c <= 0.0031308 ? c * 12.92 : 1.055 * c ** (1 / 2.4) - 0.055);

/** `a` and `b` mixed as `color-mix(in oklab, a share, b)` does. Its axes are linear in the cube roots of the cones' answers. */
export function mixed(a: Rgb, b: Rgb, share: number): Rgb {
  const cones = (c: Rgb): Rgb => {
    const [l, m, s] = TO_LMS;
    return map([dot(l, linear(c)), dot(m, linear(c)), dot(s, linear(c))], Math.cbrt);
  };
  const [x, y] = [cones(a), cones(b)];
  const at = (i: 0 | 1 | 2) => (x[i] * share + y[i] * (1 - share)) ** 3;
  const lms: Rgb = [at(0), at(1), at(2)];
  const [r, g, bl] = FROM_LMS;
  const clip = (v: number) => Math.min(1, Math.max(0, v));
  return map([dot(r, lms), dot(g, lms), dot(bl, lms)], (v) => clip(encode(Math.max(0, v))));
}

// Machado, Oliveira and Fernandes 2009, severity 1.0, applied to linear RGB.
const MACHADO: Record<Exclude<Vision, 'normal'>, readonly [Rgb, Rgb, Rgb]> = {
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritanopia: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};

const dot = (row: Rgb, c: Rgb) => row[0] * c[0] + row[1] * c[1] + row[2] * c[2];

/** How a gamma-encoded colour reaches an eye with the given vision, as linear RGB clipped to the gamut. */
export function seenBy(vision: Vision, colour: Rgb): Rgb {
  const c = linear(colour);
  if (vision === 'normal') return c;
  const [r, g, b] = MACHADO[vision];
  const clip = (v: number) => Math.min(1, Math.max(0, v));
  return [clip(dot(r, c)), clip(dot(g, c)), clip(dot(b, c))];
}

/** CIE L*a*b* (D65) of a linear RGB colour. */
export function lab(c: Rgb): Rgb {
  const f = (t: number) => (t > 216 / 24389 ? Math.cbrt(t) : ((24389 / 27) * t + 16) / 116);
  const x = f(dot([0.4124564, 0.3575761, 0.1804375], c) / 0.95047);
  const y = f(dot([0.2126729, 0.7151522, 0.072175], c));
  const z = f(dot([0.0193339, 0.119192, 0.9503041], c) / 1.08883);
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

const rad = Math.PI / 180;

/** CIEDE2000 colour difference of two L*a*b* colours (Sharma, Wu and Dalal 2005). */
export function ciede2000([L1, a1, b1]: Rgb, [L2, a2, b2]: Rgb): number {
  const mean = (Math.hypot(a1, b1) + Math.hypot(a2, b2)) / 2;
  const g = 0.5 * (1 - Math.sqrt(mean ** 7 / (mean ** 7 + 25 ** 7)));
  const [p1, p2] = [(1 + g) * a1, (1 + g) * a2];
  const [c1, c2] = [Math.hypot(p1, b1), Math.hypot(p2, b2)];
  const hue = (a: number, b: number) =>
    a === 0 && b === 0 ? 0 : (Math.atan2(b, a) / rad + 360) % 360;
  const [h1, h2] = [hue(p1, b1), hue(p2, b2)];
  const dL = L2 - L1;
  const dC = c2 - c1;
  let dh = c1 * c2 === 0 ? 0 : h2 - h1;
  if (dh > 180) dh -= 360;
  if (dh < -180) dh += 360;
  const dH = 2 * Math.sqrt(c1 * c2) * Math.sin((dh / 2) * rad);
  const L = (L1 + L2) / 2;
  const C = (c1 + c2) / 2;
  let h = h1 + h2;
  if (c1 * c2 !== 0) h = Math.abs(h1 - h2) <= 180 ? h / 2 : h < 360 ? (h + 360) / 2 : (h - 360) / 2;
  const T =
    1 -
    0.17 * Math.cos((h - 30) * rad) +
    0.24 * Math.cos(2 * h * rad) +
    0.32 * Math.cos((3 * h + 6) * rad) -
    0.2 * Math.cos((4 * h - 63) * rad);
  const sL = 1 + (0.015 * (L - 50) ** 2) / Math.sqrt(20 + (L - 50) ** 2);
  const sC = 1 + 0.045 * C;
  const sH = 1 + 0.015 * C * T;
  const rT =
    -2 *
    Math.sqrt(C ** 7 / (C ** 7 + 25 ** 7)) *
    Math.sin(60 * Math.exp(-(((h - 275) / 25) ** 2)) * rad);
  return Math.sqrt((dL / sL) ** 2 + (dC / sC) ** 2 + (dH / sH) ** 2 + rT * (dC / sC) * (dH / sH));
}
