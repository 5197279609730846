import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { call } from '@/shared/api/client';
import { email } from '@/shared/form/fields';
import { Form } from '@/shared/form/Form';
import { useForm } from '@/shared/form/useForm';
import { useI18n } from '@/shared/i18n/i18n';
import { Frame } from './Frame';

/** Asks for a link for a new password; whether the address has an account is not told. */
export default function Forgot() {
  const { t } = useI18n();
  const [asked, setAsked] = useState(false);
  const form = useForm(
    [email('email', t.auth.email, { required: true, autoComplete: 'username' })],
    null,
    (body) => call('ask_for_password', {}, { body }),
  );
  return (
    <Frame title={t.account.forgotTitle}>
      {asked ? (
        <p role="status">{t.account.asked}</p>
      ) : (
        <Form form={form} submit={t.account.sendLink} wide done={() => setAsked(true)} />
      )}
      <p>
        <Link to="/sign-in">{t.auth.signIn}</Link>
      </p>
    </Frame>
  );
}
