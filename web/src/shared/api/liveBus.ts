/** Hands live messages from the one stream to the screens that patch themselves. */
import type { LiveMessage } from './live';

/** What concerns the plan, and that the server answers again after it did not. */
export type PlanMessage = Exclude<LiveMessage, { kind: 'notification' }> | { kind: 'reconnected' };
type Hear = (m: PlanMessage) => void;
const rooms = new Map<string, Set<Hear>>();

export const publish = (tenant: string, message: PlanMessage) =>
  rooms.get(tenant)?.forEach((hear) => hear(message));

export function hearLive(tenant: string, hear: Hear): () => void {
  const room = rooms.get(tenant) ?? new Set<Hear>();
  rooms.set(tenant, room.add(hear));
  return () => void room.delete(hear);
}
