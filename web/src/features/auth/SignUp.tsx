import { Button, TextInput } from '@mantine/core';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { call } from '@/shared/api/client';
import { accept } from '@/shared/api/session';
import { useI18n } from '@/shared/i18n/i18n';
import { looksLikeEmail } from '@/shared/lib/email';
import { ErrorNotice } from '@/shared/ui/ErrorNotice';
import { useForm } from '@/shared/ui/useForm';
import css from './auth.module.css';
import { Frame } from './Frame';
import { safePath } from './SignIn';

const LEAST_PASSWORD = 10;

export default function SignUp() {
  const { t } = useI18n();
  const { next } = useSearch({ strict: false }) as { next?: string };
  const navigate = useNavigate();
  // Who comes from an invitation has a workspace to go to.
  const invited = next?.startsWith('/invitations/') ?? false;
  const form = useForm(
    { full_name: '', email: '', password: '', workspace: '' },
    (v) => ({
      full_name: v.full_name.trim() ? undefined : t.error.required,
      email: looksLikeEmail(v.email) ? undefined : t.error.email,
      password: v.password.length >= LEAST_PASSWORD ? undefined : t.error.password,
    }),
    async (v) => {
      const body = {
        full_name: v.full_name.trim(),
        email: v.email.trim(),
        password: v.password,
        workspace: v.workspace.trim() || undefined,
      };
      accept(await call('sign_up', {}, { body }));
    },
  );
  const field = (name: keyof typeof form.values) => ({
    value: form.values[name],
    error: form.errors[name],
    onChange: (e: { currentTarget: HTMLInputElement }) => form.set(name, e.currentTarget.value),
    onBlur: () => form.values[name] && form.leave(name),
  });
  return (
    <Frame title={t.auth.signUpTitle}>
      <form
        className={css.form}
        noValidate
        onSubmit={(e) => {
          e.preventDefault();
          void form.submit().then((ok) => (ok ? navigate({ to: safePath(next) }) : undefined));
        }}
      >
        <ErrorNotice error={form.failure} />
        <TextInput
          label={t.auth.fullName}
          name="name"
          autoComplete="name"
          required
          {...field('full_name')}
        />
        <TextInput
          label={t.auth.email}
          type="email"
          name="email"
          autoComplete="username"
          required
          {...field('email')}
        />
        <TextInput
          label={t.auth.password}
          type="password"
          name="password"
          autoComplete="new-password"
          required
          {...field('password')}
        />
        {!invited && (
          <TextInput
            label={t.auth.workspaceName}
            description={t.auth.workspaceHint}
            name="workspace"
            autoComplete="organization"
            {...field('workspace')}
          />
        )}
        <Button type="submit" loading={form.busy}>
          {t.auth.signUp}
        </Button>
      </form>
      <p>
        {t.auth.haveAccount}{' '}
        <Link to="/sign-in" search={{ next }}>
          {t.auth.signIn}
        </Link>
      </p>
    </Frame>
  );
}
