import { call } from '@/shared/api/client';
import { accept } from '@/shared/api/session';
import { email, password } from '@/shared/form/fields';
import { Form } from '@/shared/form/Form';
import { useForm } from '@/shared/form/useForm';
import { useI18n } from '@/shared/i18n/i18n';

export function SignInForm({ email: known = '', done }: { email?: string; done: () => void }) {
  const { t } = useI18n();
  const form = useForm(
    [
      email('email', t.auth.email, { required: true, autoComplete: 'username' }),
      password('password', t.auth.password, { autoComplete: 'current-password' }),
    ],
    { email: known },
    async (body) => accept(await call('sign_in', {}, { body })),
  );
  return <Form form={form} submit={t.auth.signIn} wide done={done} />;
}
