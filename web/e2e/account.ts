/** Whose account walks: RAALLY_URL says where, RAALLY_EMAIL and RAALLY_PASSWORD who. */
export const BASE = process.env.RAALLY_URL ?? 'http://127.0.0.1:3001';
export const EMAIL = process.env.RAALLY_EMAIL ?? 'user1@test.com';
export const PASSWORD = process.env.RAALLY_PASSWORD ?? 'Test@123';

export interface Seen {
  token: string;
  tenant: { id: string; slug: string; name: string };
}

export async function signInOverApi() {
  const answer = await fetch(`${BASE}/api/v1/auth/sign-in`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ email: EMAIL, password: PASSWORD }),
  });
  if (answer.status !== 200) throw new Error(`signing in answered ${answer.status}`);
  return (await answer.json()) as { access_token: string; tenants: Seen['tenant'][] };
}
