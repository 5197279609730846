import { useQueryClient } from '@tanstack/react-query';
import { createContext, useContext } from 'react';
import type { TenantView } from './schema.gen';
import type { TenantReadId, WorkspaceApi } from './workspace';

/** The workspace whose screens are shown, and its API. */
export interface Workspace {
  tenant: TenantView;
  api: WorkspaceApi;
}

export const WorkspaceContext = createContext<Workspace | null>(null);

export function useWorkspace(): Workspace {
  const workspace = useContext(WorkspaceContext);
  if (!workspace) throw new Error('useWorkspace outside a workspace');
  return workspace;
}

/** Invalidates cached queries by operation: `await invalidate('list_teams')`; without arguments, all of the workspace. */
export function useInvalidate(): (...operations: TenantReadId[]) => Promise<void> {
  const { api } = useWorkspace();
  const queries = useQueryClient();
  return (...operations) => api.invalidate(queries, ...operations);
}
