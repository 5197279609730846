import { createContext, useContext } from 'react';
import type { WorkspaceCalls } from './calls';
import type { TenantRef } from './types';

/** The workspace whose screens are shown, and the calls about it. */
export interface Workspace {
  tenant: TenantRef;
  api: WorkspaceCalls;
}

export const WorkspaceContext = createContext<Workspace | null>(null);

export function useWorkspace(): Workspace {
  const workspace = useContext(WorkspaceContext);
  if (!workspace) throw new Error('useWorkspace outside a workspace');
  return workspace;
}
