import { Button, NativeSelect } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import type { DateOrder, ImportKind, ImportState, ReadFile } from '@/shared/api/schema.gen';
import { useInvalidate, useWorkspace } from '@/shared/api/WorkspaceContext';
import { useI18n } from '@/shared/i18n/i18n';
import { useSteps } from '@/shared/resource/useSteps';
import { ErrorNotice } from '@/shared/ui/ErrorNotice';
import { Waiting } from '@/shared/ui/primitives';
import ui from '@/shared/ui/ui.module.css';
import { useUnsaved } from '@/shared/ui/unsaved';
import { recall, remember } from './matches';
import { Rows } from './Rows';
import { draftOf, matched, placesOf, without } from './table';
import { usePreview } from './usePreview';
import css from './imports.module.css';

/** Where the rows of a kind are seen. */
const PAGES = {
  people: '/w/$tenant/people',
  projects: '/w/$tenant/projects',
  clients: '/w/$tenant/clients',
  assignments: '/w/$tenant/schedule',
  'time-off': '/w/$tenant/schedule',
} as const;
const ORDERS: DateOrder[] = ['dmy', 'mdy'];

/** A file's tables, one of them matched with fields: what its rows would be, corrected where they are wrong, and brought in. */
export function Matching({ file, close }: { file: ReadFile; close: () => void }) {
  const { t } = useI18n();
  const { tenant } = useWorkspace();
  const sheets = file.sheets.filter((sheet) => sheet.rows.length > 0);
  const [at, setAt] = useState(0);
  const [kind, setKind] = useState<ImportKind | undefined>();
  const sheet = sheets[at];
  const draft = sheet && draftOf(sheet, recall(tenant.id), kind);
  return (
    <>
      <div className={css.bar}>
        {sheets.length > 1 && (
          <NativeSelect
            label={t.imports.sheet}
            value={at}
            data={sheets.map(({ name }, n) => ({ value: String(n), label: name }))}
            onChange={(e) => setAt(Number(e.target.value))}
          />
        )}
        {draft && (
          <NativeSelect
            label={t.imports.kind}
            value={draft.guess.kind}
            data={draft.sheet.guesses.map((g) => ({
              value: g.kind,
              label: t.imports.kinds[g.kind],
            }))}
            onChange={(e) => {
              const chosen = draft.sheet.guesses.find((g) => g.kind === e.target.value);
              setKind(chosen?.kind);
            }}
          />
        )}
        <Button variant="default" onClick={close}>
          {t.imports.other}
        </Button>
        {sheet?.source && (
          <span className={ui.badge}>
            {t.imports.source({ name: t.imports.sources[sheet.source] })}
          </span>
        )}
      </div>
      {draft && <Table key={`${at} ${draft.guess.kind}`} draft={draft} close={close} />}
    </>
  );
}

function Table({
  draft,
  close,
}: {
  draft: NonNullable<ReturnType<typeof draftOf>>;
  close: () => void;
}) {
  const { t } = useI18n();
  const { tenant, api } = useWorkspace();
  const { changed } = useSteps();
  const invalidate = useInvalidate();
  const navigate = useNavigate();
  const [table, setTable] = useState(draft.table);
  const [state, setState] = useState<ImportState | 'all'>('all');
  const [running, setRunning] = useState(false);
  const [failure, setFailure] = useState<unknown>(null);
  const { preview, error, current, retry } = usePreview(table);
  useUnsaved(table !== draft.table, running);
  const counts = preview?.counts;
  const wrong = counts?.wrong ?? 0;
  const brought = (counts?.new ?? 0) + (counts?.changed ?? 0);
  const run = async () => {
    setRunning(true);
    setFailure(null);
    try {
      await api.call('run_import', {}, { body: table });
      remember(tenant.id, matched(draft, table, recall(tenant.id)));
      changed(t.imports.done({ what: t.imports.kinds[table.kind], n: brought }));
      await invalidate();
      close();
      void navigate({ to: PAGES[table.kind], params: { tenant: tenant.slug } });
    } catch (refused) {
      setFailure(refused);
      retry();
    } finally {
      setRunning(false);
    }
  };
  const dated = table.columns.includes('from') || table.columns.includes('to');
  return (
    <>
      {dated && preview && (
        <NativeSelect
          className={css.narrow}
          label={t.imports.dates}
          value={preview.date_order}
          data={ORDERS.map((order) => ({ value: order, label: t.imports.orders[order] }))}
          onChange={(e) => {
            const order = ORDERS.find((o) => o === e.target.value);
            setTable({ ...table, date_order: order });
          }}
        />
      )}
      <ErrorNotice error={failure ?? error} retry={retry} />
      {!preview && !error && <Waiting />}
      <Rows
        draft={draft}
        table={table}
        change={setTable}
        preview={preview}
        state={state}
        show={setState}
      />
      {preview && (
        <div className={css.foot}>
          <p role="status">
            {!current && t.imports.checking}
            {current && wrong > 0 && t.imports.toCorrect({ n: wrong })}
            {current && wrong === 0 && brought === 0 && t.imports.nothing}
          </p>
          {wrong > 0 && (
            <Button
              variant="default"
              onClick={() => {
                setTable(without(table, new Set(placesOf(preview.rows, 'wrong'))));
                setState('all');
              }}
            >
              {t.imports.leaveAllOut}
            </Button>
          )}
          <Button
            disabled={!current || wrong > 0 || brought === 0}
            loading={running}
            onClick={() => void run()}
          >
            {t.imports.run({ n: brought })}
          </Button>
        </div>
      )}
    </>
  );
}
