import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useI18n } from '@/shared/i18n/i18n';
import { Frame } from './Frame';
import { SignInForm } from './SignInForm';

/** Only paths of this app are followed after signing in. */
export const safePath = (path: string | undefined) =>
  path?.startsWith('/') && !path.startsWith('//') ? path : '/';

export default function SignIn() {
  const { t } = useI18n();
  const { next } = useSearch({ strict: false }) as { next?: string };
  const navigate = useNavigate();
  return (
    <Frame title={t.auth.signInTitle}>
      <SignInForm done={() => navigate({ to: safePath(next) })} />
      <p>
        <Link to="/forgot">{t.account.forgot}</Link>
      </p>
      <p>
        {t.auth.noAccount}{' '}
        <Link to="/sign-up" search={{ next }}>
          {t.auth.signUp}
        </Link>
      </p>
    </Frame>
  );
}
