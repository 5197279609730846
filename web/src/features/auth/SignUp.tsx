import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { call } from '@/shared/api/client';
import { accept } from '@/shared/api/session';
import { email, password, text } from '@/shared/form/fields';
import { Form } from '@/shared/form/Form';
import { useForm } from '@/shared/form/useForm';
import { useI18n } from '@/shared/i18n/i18n';
import { Frame } from './Frame';
import { safePath } from './SignIn';

/** As many characters as the server asks for. */
export const LEAST_PASSWORD = 8;

export default function SignUp() {
  const { t } = useI18n();
  const { next } = useSearch({ strict: false }) as { next?: string };
  const navigate = useNavigate();
  // Who comes from an invitation has a workspace to go to.
  const invited = next?.startsWith('/invitations/') ?? false;
  const form = useForm(
    [
      text('full_name', t.auth.fullName, { required: true, autoComplete: 'name' }),
      email('email', t.auth.email, { required: true, autoComplete: 'username' }),
      password('password', t.auth.password, {
        least: LEAST_PASSWORD,
        autoComplete: 'new-password',
      }),
      text('workspace', t.auth.workspaceName, {
        description: t.auth.workspaceHint,
        autoComplete: 'organization',
        shown: () => !invited,
      }),
    ],
    null,
    async (body) => accept(await call('sign_up', {}, { body })),
  );
  return (
    <Frame title={t.auth.signUpTitle}>
      <Form
        form={form}
        submit={t.auth.signUp}
        wide
        done={() => void navigate({ to: safePath(next) })}
      />
      <p>
        {t.auth.haveAccount}{' '}
        <Link to="/sign-in" search={{ next }}>
          {t.auth.signIn}
        </Link>
      </p>
    </Frame>
  );
}
