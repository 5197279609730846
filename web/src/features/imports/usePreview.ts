import { useEffect, useState } from 'react';
import type { ImportPreview, ImportTable } from '@/shared/api/schema.gen';
import { useWorkspace } from '@/shared/api/WorkspaceContext';

const PAUSE_MS = 300;

interface Looked {
  table: ImportTable;
  preview?: ImportPreview;
  error?: unknown;
}

/** What a table would bring, asked for when its typing pauses; the last answer stays until the next one. */
export function usePreview(table: ImportTable) {
  const { api } = useWorkspace();
  const [looked, setLooked] = useState<Looked | null>(null);
  const [again, setAgain] = useState(0);
  useEffect(() => {
    const stop = new AbortController();
    const timer = setTimeout(() => {
      api.call('preview_import', {}, { body: table, signal: stop.signal }).then(
        (preview) => setLooked({ table, preview }),
        (error: unknown) => {
          if (!stop.signal.aborted) setLooked({ table, error });
        },
      );
    }, PAUSE_MS);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [api, table, again]);
  const rows = looked?.table.rows.length === table.rows.length;
  return {
    preview: rows ? looked.preview : undefined,
    error: looked?.table === table ? looked.error : undefined,
    /** Whether what is shown is of the table as it is now. */
    current: looked?.table === table,
    retry: () => setAgain((n) => n + 1),
  };
}
