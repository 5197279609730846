/** Messages by problem code. `{name}` is replaced by that parameter of the problem. */
export const problems = {
  'already-member': 'They are a member of this workspace already.',
  'email-taken': 'There is an account with this e-mail address: sign in instead.',
  forbidden: 'Your role does not allow this.',
  'idempotency-mismatch': 'This was sent twice with different contents. Nothing was changed.',
  internal: 'Something went wrong on the server. Please try again.',
  'manager-circle': 'Somebody cannot be their own manager, not even by way of others.',
  'method-not-allowed': 'The server does not do that here.',
  'no-such-date': 'There is no such date.',
  'not-bookable': 'This person or project does not take bookings on these days.',
  'precondition-failed':
    'Somebody changed this meanwhile. Look at what is there now, and try again.',
  'rate-limited': 'That was too often. Wait a moment and try again.',
  reset: 'This workspace has been restored. Load the page again.',
  'too-large': 'That is more than the server takes at once.',
  unauthenticated: 'Please sign in.',
  'undo-conflict': 'Others have changed this since: it can no longer be undone.',
  'unsupported-media-type': 'The server does not read what was sent.',
  'workspace-closing':
    'This workspace is being closed. Until it is erased, an admin can take that back or fetch its export.',
};
