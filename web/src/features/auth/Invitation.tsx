import { Button } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams } from '@tanstack/react-router';
import { ApiError, call } from '@/shared/api/client';
import { addTenant, signOut } from '@/shared/api/session';
import type { InvitationLetter } from '@/shared/api/schema.gen';
import { useSession } from '@/shared/api/useSession';
import { useI18n } from '@/shared/i18n/i18n';
import { Waiting } from '@/shared/ui/primitives';
import { ErrorNotice } from '@/shared/ui/ErrorNotice';
import css from './auth.module.css';
import { Frame } from './Frame';

/** Where the link of an invitation's mail leads: what it is to, and the way in. */
export default function Invitation() {
  const { t } = useI18n();
  const { token = '' } = useParams({ strict: false });
  const { data, error, refetch } = useQuery({
    queryKey: ['read_invitation', token],
    queryFn: ({ signal }) => call('read_invitation', { token }, { signal }),
  });
  if (error instanceof ApiError && error.status === 404)
    return <Ended text={t.invitation.unknown} />;
  if (error) {
    return (
      <Frame title={t.invitation.accept}>
        <ErrorNotice error={error} retry={() => void refetch()} />
      </Frame>
    );
  }
  if (!data) {
    return (
      <Frame title={t.invitation.accept}>
        <Waiting />
      </Frame>
    );
  }
  if (data.status !== 'open')
    return <Ended text={t.invitation[data.status]({ workspace: data.workspace })} />;
  return <Open letter={data} token={token} again={() => void refetch()} />;
}

/** One sentence on why it cannot be accepted. */
function Ended({ text }: { text: string }) {
  const { t } = useI18n();
  return (
    <Frame title={t.invitation.ended}>
      <p role="status">{text}</p>
      <p>
        <Link to="/">{t.invitation.home}</Link>
      </p>
    </Frame>
  );
}

function Open({
  letter,
  token,
  again,
}: {
  letter: InvitationLetter;
  token: string;
  again: () => void;
}) {
  const { t, f } = useI18n();
  const { workspace } = letter;
  const session = useSession();
  const role = letter.role ? t.workspaces.role[letter.role] : '';
  const until =
    letter.expires_at &&
    new Intl.DateTimeFormat(f.locale, { dateStyle: 'long', timeStyle: 'short' }).format(
      new Date(letter.expires_at),
    );
  return (
    <Frame title={t.invitation.title({ workspace })}>
      <div>
        <p>{t.invitation.from({ by: letter.invited_by || t.app.name, workspace, role })}</p>
        {until && <p className={css.role}>{t.invitation.until({ date: until })}</p>}
      </div>
      {session ? (
        <Accept
          token={token}
          name={session.user.full_name}
          email={session.user.email}
          again={again}
        />
      ) : (
        <SignInFirst token={token} />
      )}
    </Frame>
  );
}

function Accept({
  token,
  name,
  email,
  again,
}: {
  token: string;
  name: string;
  email: string;
  again: () => void;
}) {
  const { t } = useI18n();
  const navigate = useNavigate();
  const accept = useMutation({
    mutationFn: () => call('accept_invitation', { token }),
    onSuccess: (tenant) => {
      addTenant(tenant);
      return navigate({ to: '/w/$tenant', params: { tenant: tenant.slug } });
    },
    // Why not is on the page once it is read anew.
    onError: (error) => error instanceof ApiError && error.status === 409 && again(),
  });
  return (
    <>
      <ErrorNotice error={accept.error} />
      <Button loading={accept.isPending} onClick={() => accept.mutate()}>
        {t.invitation.accept}
      </Button>
      <p>
        {t.invitation.as({ name, email })}{' '}
        <button type="button" className="text-button" onClick={() => void signOut()}>
          {t.invitation.other}
        </button>
      </p>
    </>
  );
}

function SignInFirst({ token }: { token: string }) {
  const { t } = useI18n();
  const navigate = useNavigate();
  const go = (to: '/sign-in' | '/sign-up') => () =>
    void navigate({ to, search: { next: `/invitations/${token}` } });
  return (
    <>
      <p>{t.invitation.signInFirst}</p>
      <div className={css.form}>
        <Button onClick={go('/sign-in')}>{t.auth.signIn}</Button>
        <Button variant="default" onClick={go('/sign-up')}>
          {t.auth.signUp}
        </Button>
      </div>
    </>
  );
}
