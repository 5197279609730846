/** Whose a booking is, and its row: a person's, or a placeholder's, which is demand that nobody fills yet. */
export interface Owner {
  kind: 'person' | 'placeholder';
  id: string;
}

/** What says so in a change of a booking: either takes the place of the other. */
export const ownerBody = ({ kind, id }: Owner) =>
  kind === 'person' ? { person_id: id } : { placeholder_id: id };

/** The same in a new booking, or in a copy of one. */
export const wholeOwnerBody = (owner: Owner) => ({
  person_id: null,
  placeholder_id: null,
  ...ownerBody(owner),
});

/** Nobody's are neither. */
export function ownerOf(record: {
  person_id?: string | null;
  placeholder_id?: string | null;
}): Owner | null {
  if (record.person_id) return { kind: 'person', id: record.person_id };
  return record.placeholder_id ? { kind: 'placeholder', id: record.placeholder_id } : null;
}
