import type { Command, MemberView } from '@/shared/api/schema.gen';

/** What of a member the page changes. */
export type Changed = Pick<MemberView, 'role' | 'person_id'>;

/** The commands of one step that make the member as typed: role, and whose user of the plan they are. */
export function commandsOf(member: MemberView, { role, person_id }: Changed): Command[] {
  const commands: Command[] = [];
  const link = (id: string, user_id: string | null) =>
    commands.push({ op: 'update', resource: 'people', id, body: { user_id } });
  if (role !== member.role) {
    const { user_id: id, version: expect } = member;
    commands.push({ op: 'update', resource: 'members', id, expect, body: { role } });
  }
  if (person_id !== member.person_id) {
    // A user is one person at most: the old link goes first.
    if (member.person_id) link(member.person_id, null);
    if (person_id) link(person_id, member.user_id);
  }
  return commands;
}
