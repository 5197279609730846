/** Types of the API's operations, derived from the OpenAPI document: parameters, request body, response. */
import { OPERATIONS } from './operations.gen';
import type { operations } from './schema.gen';

export type OperationId = keyof operations;

type OptionalOf<T> = [T] extends [never] ? Record<never, never> : T;
type Parameters<O extends OperationId> = operations[O]['parameters'];
type PathOf<O extends OperationId> = OptionalOf<NonNullable<Parameters<O>['path']>>;
type QueryOf<O extends OperationId> = OptionalOf<NonNullable<Parameters<O>['query']>>;

/** Path and query parameters as one object; `npm run gen` fails if an operation uses a name for both. */
export type Params<O extends OperationId> = PathOf<O> & QueryOf<O>;

/** The JSON request body; `undefined` if there is none. */
export type Body<O extends OperationId> =
  NonNullable<operations[O]['requestBody']> extends { content: { 'application/json': infer B } }
    ? B
    : undefined;

type Success = 200 | 201 | 202 | 204;
type JsonOf<R> = R extends { content: { 'application/json': infer A } } ? A : undefined;

/** The JSON body of a successful response; `undefined` if there is none. */
export type Answer<O extends OperationId> = {
  [S in keyof operations[O]['responses'] & Success]: JsonOf<operations[O]['responses'][S]>;
}[keyof operations[O]['responses'] & Success];

/** Operations that only read. */
export type ReadId = {
  [O in OperationId]: (typeof OPERATIONS)[O] extends `GET ${string}` ? O : never;
}[OperationId];

/** Operations under `/tenants/{tenant}`. */
export type TenantOperationId = {
  [O in OperationId]: PathOf<O> extends { tenant: string } ? O : never;
}[OperationId];

/** Parameters without the tenant, for callers that are bound to one. */
export type TenantParams<O extends OperationId> = Omit<PathOf<O>, 'tenant'> & QueryOf<O>;

/** An operation's method and URL. Null, undefined and empty query parameters are omitted. */
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
