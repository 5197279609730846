import { createContext, useContext } from 'react';
import type { Workspace } from './calls';
import type { TenantRef } from './types';

/** The workspace whose screens are shown, and the calls about it. */
export interface Here {
  tenant: TenantRef;
  api: Workspace;
}

export const HereContext = createContext<Here | null>(null);

export function useHere(): Here {
  const here = useContext(HereContext);
  if (!here) throw new Error('useHere outside a workspace');
  return here;
}
