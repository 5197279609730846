import type { RegisteredRouter } from '@tanstack/react-router';

/** The routes of single resources' pages, derived from the route tree. */
export type DetailRoute = Extract<
  keyof RegisteredRouter['routesByPath'],
  `/w/$tenant/${string}/$id`
>;
