/** The API's operations as its document describes them: what each takes, what it answers and where it is. */
import { OPERATIONS } from './operations.gen';
import type { operations } from './schema.gen';

export type OperationId = keyof operations;

type OptionalOf<T> = [T] extends [never] ? Record<never, never> : T;
type Parameters<O extends OperationId> = operations[O]['parameters'];
type PathOf<O extends OperationId> = OptionalOf<NonNullable<Parameters<O>['path']>>;
type QueryOf<O extends OperationId> = OptionalOf<NonNullable<Parameters<O>['query']>>;

/** Parameters of path and query as one object; `npm run gen` makes sure that no name stands for two of them. */
export type Params<O extends OperationId> = PathOf<O> & QueryOf<O>;

/** What is sent as JSON; `undefined` where nothing is. */
export type Body<O extends OperationId> =
  NonNullable<operations[O]['requestBody']> extends { content: { 'application/json': infer B } }
    ? B
    : undefined;

type Success = 200 | 201 | 202 | 204;
type JsonOf<R> = R extends { content: { 'application/json': infer A } } ? A : undefined;

/** What comes back as JSON where all went well; `undefined` where nothing does. */
export type Answer<O extends OperationId> = {
  [S in keyof operations[O]['responses'] & Success]: JsonOf<operations[O]['responses'][S]>;
}[keyof operations[O]['responses'] & Success];

/** The operations that only read. */
export type ReadId = {
  [O in OperationId]: (typeof OPERATIONS)[O] extends `GET ${string}` ? O : never;
}[OperationId];

/** The operations of one workspace. */
export type TenantOperationId = {
  [O in OperationId]: PathOf<O> extends { tenant: string } ? O : never;
}[OperationId];

/** Parameters of an operation of a workspace that is known. */
export type TenantParams<O extends OperationId> = Omit<PathOf<O>, 'tenant'> & QueryOf<O>;

/** An operation's method and its full path with the query. Empty parameters are left out of the query. */
export function locate(operation: OperationId, params: object): { method: string; url: string } {
  const [method = '', path = ''] = OPERATIONS[operation].split(' ');
  const rest = new Map<string, unknown>(Object.entries(params));
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = rest.get(name);
    rest.delete(name);
    return encodeURIComponent(String(value));
  });
  const pairs = [...rest].filter(([, v]) => v !== undefined && v !== null && v !== '');
  const search = new URLSearchParams(pairs.map(([k, v]) => [k, String(v)]));
  return { method, url: search.size > 0 ? `${filled}?${search}` : filled };
}
