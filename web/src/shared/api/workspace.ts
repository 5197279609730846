/** The API client bound to one workspace: calls, and React Query options whose keys are [tenant, operation, parameters]. */
import { queryOptions, type QueryClient, type QueryKey } from '@tanstack/react-query';
import { request, type CallOptions, type Sent } from './client';
import type { Answer, ReadId, TenantOperationId, TenantParams } from './operations';

export type TenantReadId = ReadId & TenantOperationId;

/** One page of any list. */
export interface Page<V> {
  items: V[];
  next_cursor: string | null;
  /** The number of items on all pages, where they are counted. */
  total?: number | null;
}
/** Operations that answer a paginated list. */
export type ListId = {
  [O in TenantReadId]: Answer<O> extends Page<unknown> ? O : never;
}[TenantReadId];
export type Item<O extends ListId> = Answer<O> extends { items: (infer V)[] } ? V : never;

/** Options for `useInfiniteQuery`, with the server's cursor as page parameter. */
export interface ListQuery<V> {
  queryKey: QueryKey;
  queryFn: (at: { pageParam: string | null; signal: AbortSignal }) => Promise<Page<V>>;
}

const MOST_ON_A_PAGE = 200;

export class WorkspaceApi {
  /** The workspace's id, or its slug; its queries are kept under it. */
  readonly tenant: string;

  constructor(tenant: string) {
    this.tenant = tenant;
  }

  private send<A>(operation: TenantOperationId, params: object, options: Sent): Promise<A> {
    return request<A>(operation, { ...params, tenant: this.tenant }, options);
  }

  /** Calls an operation of the workspace. */
  call<O extends TenantOperationId>(
    operation: O,
    params: TenantParams<O>,
    ...[options]: CallOptions<O>
  ): Promise<Answer<O>> {
    return this.send<Answer<O>>(operation, params, { ...options });
  }

  /** Calls an operation that takes a file. */
  upload<O extends TenantOperationId>(
    operation: O,
    params: TenantParams<O>,
    file: Blob,
  ): Promise<Answer<O>> {
    return this.send<Answer<O>>(operation, params, { body: file });
  }

  /** Options for `useQuery`: `useQuery(api.q('get_person', { id }))`. */
  q<O extends TenantReadId>(operation: O, params: TenantParams<O>) {
    const queryKey: QueryKey = [this.tenant, operation, params];
    return queryOptions({
      queryKey,
      queryFn: ({ signal }) => this.send<Answer<O>>(operation, params, { signal }),
    });
  }

  /** Options for `useQuery` that load all pages of a list: `useQuery(api.all('list_teams', {}))`. */
  all<O extends ListId>(operation: O, params: TenantParams<O>) {
    const queryKey: QueryKey = [this.tenant, operation, params, 'all'];
    return queryOptions({
      queryKey,
      queryFn: ({ signal }) => this.everything<Item<O>>(operation, params, signal),
    });
  }

  /** Options for `useInfiniteQuery` that load a list page by page. */
  pages<O extends ListId>(operation: O, params: TenantParams<O>): ListQuery<Item<O>> {
    return {
      queryKey: [this.tenant, operation, params, 'pages'],
      queryFn: ({ pageParam: cursor, signal }) =>
        this.send<Page<Item<O>>>(operation, { ...params, cursor }, { signal }),
    };
  }

  /** Invalidates the queries of these operations, whatever their parameters; without operations, all of the workspace. */
  async invalidate(queries: QueryClient, ...operations: TenantReadId[]): Promise<void> {
    const keys = operations.length > 0 ? operations.map((o) => [this.tenant, o]) : [[this.tenant]];
    await Promise.all(keys.map((queryKey) => queries.invalidateQueries({ queryKey })));
  }

  /** Loads all pages of a list in turn. */
  private async everything<V>(operation: ListId, params: object, signal: AbortSignal) {
    const items: V[] = [];
    let cursor: string | null = null;
    do {
      const part: object = { ...params, limit: MOST_ON_A_PAGE, cursor };
      const page: Page<V> = await this.send<Page<V>>(operation, part, { signal });
      items.push(...page.items);
      cursor = page.next_cursor;
    } while (cursor !== null);
    return items;
  }
}
