import { Suspense, useEffect, useState } from 'react';
import { useI18n } from '@/shared/i18n/i18n';
import { lazyChunk } from '@/shared/lib/chunks';
import { IconButton } from '@/shared/ui/primitives';

const load = () => import('./Palette');
const Palette = lazyChunk(load);

/** Opens the command palette, as Ctrl+K or ⌘K do from anywhere; not over a dialog, whose content would be left. */
export function PaletteButton() {
  const { t } = useI18n();
  const [open, setOpen] = useState(false);
  useEffect(() => {
    const press = (e: KeyboardEvent) => {
      const meant = (e.ctrlKey || e.metaKey) && !e.altKey && !e.shiftKey;
      if (!meant || e.key.toLowerCase() !== 'k') return;
      // The browser's own meaning of the key, its address bar, would surprise here.
      e.preventDefault();
      if (!document.querySelector('dialog[open]')) setOpen(true);
    };
    window.addEventListener('keydown', press);
    return () => window.removeEventListener('keydown', press);
  }, []);
  return (
    <>
      <IconButton
        icon="search"
        label={t.palette.open}
        aria-keyshortcuts="Control+K Meta+K"
        onPointerEnter={() => void load().catch(() => undefined)}
        onClick={() => setOpen(true)}
      />
      {open && (
        <Suspense>
          <Palette close={() => setOpen(false)} />
        </Suspense>
      )}
    </>
  );
}
