/** Before all walks: which workspaces their account has. They share it, so none may give it another. */
import type { TestProject } from 'vitest/node';
import { signInOverApi } from './account';

declare module 'vitest' {
  export interface ProvidedContext {
    workspaces: string[];
  }
}

export default async function setup({ provide }: TestProject) {
  const { tenants } = await signInOverApi();
  provide(
    'workspaces',
    tenants.map((one) => one.slug),
  );
}
