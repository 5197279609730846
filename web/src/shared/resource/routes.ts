import type { RegisteredRouter } from '@tanstack/react-router';

/** The pages of single resources, as the router knows them. */
export type DetailRoute = Extract<
  keyof RegisteredRouter['routesByPath'],
  `/w/$tenant/${string}/$id`
>;
