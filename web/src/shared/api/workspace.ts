/** The API of one workspace: calls, and queries whose keys follow from operation and parameters. */
import { queryOptions, type QueryClient, type QueryKey } from '@tanstack/react-query';
import { request, type CallOptions, type Sent } from './client';
import type { Answer, ReadId, TenantOperationId, TenantParams } from './operations';

export type TenantReadId = ReadId & TenantOperationId;

/** A page of a list, whatever it is of. */
export interface Page<V> {
  items: V[];
  next_cursor: string | null;
  /** How many there are on all pages. */
  total?: number;
}
/** The lists that come page by page. */
export type ListId = {
  [O in TenantReadId]: Answer<O> extends Page<unknown> ? O : never;
}[TenantReadId];
export type Item<O extends ListId> = Answer<O> extends { items: (infer V)[] } ? V : never;

/** A list for `useInfiniteQuery`, by the server's cursor. */
export interface ListQuery<V> {
  queryKey: QueryKey;
  queryFn: (at: { pageParam: string | null; signal: AbortSignal }) => Promise<Page<V>>;
}

const MOST_ON_A_PAGE = 200;

export class WorkspaceApi {
  /** The workspace's slug or id. */
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

  /** A read as a query: `useQuery(api.q('get_person', { id }))`. */
  q<O extends TenantReadId>(operation: O, params: TenantParams<O>) {
    const queryKey: QueryKey = [this.tenant, operation, params];
    return queryOptions({
      queryKey,
      queryFn: ({ signal }) => this.send<Answer<O>>(operation, params, { signal }),
    });
  }

  /** All of a list as one query: `useQuery(api.all('list_teams', {}))`. */
  all<O extends ListId>(operation: O, params: TenantParams<O>) {
    const queryKey: QueryKey = [this.tenant, operation, params, 'all'];
    return queryOptions({
      queryKey,
      queryFn: ({ signal }) => this.everything<Item<O>>(operation, params, signal),
    });
  }

  /** A list page by page, for `useInfiniteQuery`. */
  pages<O extends ListId>(operation: O, params: TenantParams<O>): ListQuery<Item<O>> {
    return {
      queryKey: [this.tenant, operation, params, 'pages'],
      queryFn: ({ pageParam: cursor, signal }) =>
        this.send<Page<Item<O>>>(operation, { ...params, cursor }, { signal }),
    };
  }

  /** Has what these operations answered fetched again, whatever their parameters; without any, all of the workspace. */
  async invalidate(queries: QueryClient, ...operations: TenantReadId[]): Promise<void> {
    const keys = operations.length > 0 ? operations.map((o) => [this.tenant, o]) : [[this.tenant]];
    await Promise.all(keys.map((queryKey) => queries.invalidateQueries({ queryKey })));
  }

  /** Every page of a list, one after the other. */
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
