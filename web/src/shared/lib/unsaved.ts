/** Which forms on the page hold what is typed and not saved. */
const forms = new Set<string>();
const listeners = new Set<() => void>();

export const hasUnsaved = () => forms.size > 0;

export function noteUnsaved(form: string, unsaved: boolean) {
  if (unsaved) forms.add(form);
  else forms.delete(form);
  listeners.forEach((l) => l());
}

/** Resolves once nothing is left unsaved. */
export function allSaved(): Promise<void> {
  return new Promise((resolve) => {
    const look = () => {
      if (hasUnsaved()) return;
      listeners.delete(look);
      resolve();
    };
    listeners.add(look);
    look();
  });
}
