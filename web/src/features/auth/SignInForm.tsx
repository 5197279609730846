import { Button, TextInput } from '@mantine/core';
import { call } from '@/shared/api/client';
import { accept } from '@/shared/api/session';
import { useI18n } from '@/shared/i18n/i18n';
import { looksLikeEmail } from '@/shared/lib/email';
import { ErrorNotice } from '@/shared/ui/ErrorNotice';
import { useForm } from '@/shared/ui/useForm';
import css from './auth.module.css';

export function SignInForm({ email = '', done }: { email?: string; done: () => void }) {
  const { t } = useI18n();
  const form = useForm(
    { email, password: '' },
    (v) => ({
      email: looksLikeEmail(v.email) ? undefined : t.error.email,
      password: v.password ? undefined : t.error.required,
    }),
    async (v) => {
      const body = { email: v.email.trim(), password: v.password };
      accept(await call('sign_in', {}, { body }));
    },
  );
  return (
    <form
      className={css.form}
      noValidate
      onSubmit={(e) => {
        e.preventDefault();
        void form.submit().then((ok) => ok && done());
      }}
    >
      <ErrorNotice error={form.failure} />
      <TextInput
        label={t.auth.email}
        type="email"
        name="email"
        autoComplete="username"
        required
        value={form.values.email}
        error={form.errors.email}
        onChange={(e) => form.set('email', e.currentTarget.value)}
        onBlur={() => form.values.email && form.leave('email')}
      />
      <TextInput
        label={t.auth.password}
        type="password"
        name="password"
        autoComplete="current-password"
        required
        value={form.values.password}
        error={form.errors.password}
        onChange={(e) => form.set('password', e.currentTarget.value)}
      />
      <Button type="submit" loading={form.busy}>
        {t.auth.signIn}
      </Button>
    </form>
  );
}
