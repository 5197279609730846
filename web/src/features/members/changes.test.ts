import { describe, expect, it } from 'vitest';
import type { MemberView } from '@/shared/api/schema.gen';
import { commandsOf } from './changes';

const member: MemberView = {
  user_id: 'u1',
  version: 3,
  email: 'ana@example.com',
  full_name: 'Ana',
  role: 'member',
  person_id: 'p1',
};

describe('what is sent of a member', () => {
  it('is nothing where nothing was changed', () => {
    expect(commandsOf(member, { role: 'member', person_id: 'p1' })).toEqual([]);
  });
  it('is the role alone, of the member as it was seen', () => {
    expect(commandsOf(member, { role: 'viewer', person_id: 'p1' })).toEqual([
      { op: 'update', resource: 'members', id: 'u1', expect: 3, body: { role: 'viewer' } },
    ]);
  });
  it('unlinks the person before it links another', () => {
    expect(commandsOf(member, { role: 'member', person_id: 'p2' })).toEqual([
      { op: 'update', resource: 'people', id: 'p1', body: { user_id: null } },
      { op: 'update', resource: 'people', id: 'p2', body: { user_id: 'u1' } },
    ]);
  });
  it('links where there was no link, and unlinks where none shall be', () => {
    const alone = { ...member, person_id: null };
    expect(commandsOf(alone, { role: 'member', person_id: 'p2' }).map((c) => c.id)).toEqual(['p2']);
    expect(commandsOf(member, { role: 'member', person_id: null }).map((c) => c.body)).toEqual([
      { user_id: null },
    ]);
  });
});
