import { Button } from '@mantine/core';
import { useRef, useState, type DragEvent } from 'react';
import type { ReadFile } from '@/shared/api/schema.gen';
import { useWorkspace } from '@/shared/api/WorkspaceContext';
import { useI18n } from '@/shared/i18n/i18n';
import { ErrorNotice } from '@/shared/ui/ErrorNotice';
import ui from '@/shared/ui/ui.module.css';
import css from './imports.module.css';

/** Where a table comes from: a file, chosen or dropped, or rows that are pasted. */
export function Choose({ read }: { read: (file: ReadFile) => void }) {
  const { t } = useI18n();
  const { api } = useWorkspace();
  const input = useRef<HTMLInputElement>(null);
  const [pasted, setPasted] = useState('');
  const [reading, setReading] = useState(false);
  const [over, setOver] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const look = async (file: Blob) => {
    setReading(true);
    setError(null);
    try {
      read(await api.upload('read_file', {}, file));
    } catch (failure) {
      setError(failure);
      setReading(false);
    }
  };
  const drop = (e: DragEvent) => {
    e.preventDefault();
    setOver(false);
    const [file] = e.dataTransfer.files;
    if (file) void look(file);
  };
  return (
    <>
      <p className={ui.hint}>{t.imports.hint}</p>
      <ErrorNotice error={error} />
      {reading && <p role="status">{t.imports.reading}</p>}
      <section
        className={css.drop}
        data-over={over}
        onDragOver={(e) => {
          e.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={drop}
      >
        <input
          ref={input}
          type="file"
          hidden
          accept=".csv,.tsv,.txt,.xlsx"
          onChange={(e) => {
            const [file] = e.target.files ?? [];
            if (file) void look(file);
            // The same file can be chosen again.
            e.target.value = '';
          }}
        />
        <Button disabled={reading} onClick={() => input.current?.click()}>
          {t.imports.choose}
        </Button>
        <span className={ui.hint}>{t.imports.drop}</span>
      </section>
      <form
        className={`${ui.panel} ${css.paste}`}
        onSubmit={(e) => {
          e.preventDefault();
          void look(new Blob([pasted]));
        }}
      >
        <label htmlFor="pasted">{t.imports.paste}</label>
        <textarea
          id="pasted"
          rows={6}
          value={pasted}
          aria-describedby="pasted-hint"
          onChange={(e) => setPasted(e.target.value)}
        />
        <p id="pasted-hint" className={ui.hint}>
          {t.imports.pasteHint}
        </p>
        <Button
          type="submit"
          variant="default"
          className={css.begin}
          disabled={reading || pasted.trim() === ''}
        >
          {t.imports.look}
        </Button>
      </form>
    </>
  );
}
