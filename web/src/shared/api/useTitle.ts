import { useContext, useEffect } from 'react';
import { WorkspaceContext } from './WorkspaceContext';

const NAME = 'Raally';

/** Names the page in the browser's tab and history: what it shows, the workspace, the product. */
export function useTitle(what: string | undefined) {
  const workspace = useContext(WorkspaceContext)?.tenant.name;
  const title = [what, workspace, NAME].filter(Boolean).join(' · ');
  useEffect(() => {
    document.title = title;
  }, [title]);
}
