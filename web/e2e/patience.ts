/**
 * How long is waited for what must come. Shorter than the silence after which the app begins its live stream
 * anew (`SILENCE_MS`): what came by that alone would hide that nothing was sent.
 */
export const PATIENCE_MS = 30_000;
