import { Link, useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { call } from '@/shared/api/client';
import { password } from '@/shared/form/fields';
import { Form } from '@/shared/form/Form';
import { useForm } from '@/shared/form/useForm';
import { useI18n } from '@/shared/i18n/i18n';
import { Frame } from './Frame';
import { LEAST_PASSWORD } from './SignUp';

/** Where the link for a new password leads. */
export default function Reset() {
  const { t } = useI18n();
  const { token = '' } = useParams({ strict: false });
  const [done, setDone] = useState(false);
  const form = useForm(
    [
      password('new_password', t.account.newPassword, {
        least: LEAST_PASSWORD,
        autoComplete: 'new-password',
      }),
    ],
    null,
    (body) => call('reset_password', {}, { body: { ...body, token } }),
  );
  return (
    <Frame title={t.account.resetTitle}>
      {done ? (
        <p role="status">{t.account.resetDone}</p>
      ) : (
        <Form form={form} submit={t.account.setPassword} wide done={() => setDone(true)} />
      )}
      <p>
        <Link to="/sign-in">{t.auth.signIn}</Link>
      </p>
    </Frame>
  );
}
