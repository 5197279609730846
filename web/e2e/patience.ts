/** How long is waited for what must come, in one place: the machine may be busy with all other tests. */
export const PATIENCE_MS = 60_000;
