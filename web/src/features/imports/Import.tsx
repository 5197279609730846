import { useState } from 'react';
import type { ReadFile } from '@/shared/api/schema.gen';
import { mayPlan } from '@/shared/api/useSession';
import { useTitle } from '@/shared/api/useTitle';
import { useWorkspace } from '@/shared/api/WorkspaceContext';
import { useI18n } from '@/shared/i18n/i18n';
import { Empty } from '@/shared/ui/primitives';
import ui from '@/shared/ui/ui.module.css';
import { Choose } from './Choose';
import { Matching } from './Matching';

/** Brings in a table of another program: a file or what is pasted, matched, looked at, corrected, imported as one step. */
export default function Import() {
  const { t } = useI18n();
  const { tenant } = useWorkspace();
  const [file, setFile] = useState<ReadFile | null>(null);
  useTitle(t.imports.title);
  const may = mayPlan(tenant.role);
  return (
    <div className={ui.page}>
      <div className={ui.pageHead}>
        <h1>{t.imports.title}</h1>
      </div>
      {!may && <Empty text={t.problems.forbidden} />}
      {may && !file && <Choose read={setFile} />}
      {may && file && <Matching file={file} close={() => setFile(null)} />}
    </div>
  );
}
