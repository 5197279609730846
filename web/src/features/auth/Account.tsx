import { Button } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { call } from '@/shared/api/client';
import { forget } from '@/shared/api/session';
import { useSession } from '@/shared/api/useSession';
import { email, password } from '@/shared/form/fields';
import { Form } from '@/shared/form/Form';
import { useForm } from '@/shared/form/useForm';
import { useI18n } from '@/shared/i18n/i18n';
import { ErrorNotice } from '@/shared/ui/ErrorNotice';
import { Frame } from './Frame';
import { Sessions } from './Sessions';
import { LEAST_PASSWORD } from './SignUp';

/** One's own account: its address, its password, where it is signed in, and its end. */
export default function Account() {
  const { t } = useI18n();
  const session = useSession();
  if (!session) return null;
  return (
    <Frame title={t.account.title}>
      <Address email={session.user.email} verified={session.user.email_verified} />
      <Password />
      <Sessions />
      <Deletion />
      <p>
        <Link to="/">{t.invitation.home}</Link>
      </p>
    </Frame>
  );
}

function Address({ email: current, verified }: { email: string; verified: boolean }) {
  const { t } = useI18n();
  const [sent, setSent] = useState('');
  const verify = useMutation({
    mutationFn: () => call('ask_to_verify', {}),
    onSuccess: () => setSent(current),
  });
  const form = useForm(
    [
      email('email', t.account.newAddress, { required: true, autoComplete: 'email' }),
      password('current_password', t.account.currentPassword, {
        autoComplete: 'current-password',
      }),
    ],
    null,
    async (body) => {
      await call('ask_for_address', {}, { body });
      setSent(body.email);
    },
  );
  return (
    <section>
      <h2>{t.auth.email}</h2>
      <p>{current}</p>
      <p>{verified ? t.account.isVerified : t.account.notVerified}</p>
      {sent && <p role="status">{t.account.sent({ email: sent })}</p>}
      <ErrorNotice error={verify.error} />
      {!verified && (
        <Button loading={verify.isPending} onClick={() => verify.mutate()}>
          {t.account.sendLink}
        </Button>
      )}
      <Form form={form} submit={t.account.changeAddress} quiet wide />
    </section>
  );
}

function Password() {
  const { t } = useI18n();
  const [done, setDone] = useState(false);
  const form = useForm(
    [
      password('current_password', t.account.currentPassword, {
        autoComplete: 'current-password',
      }),
      password('new_password', t.account.newPassword, {
        least: LEAST_PASSWORD,
        autoComplete: 'new-password',
      }),
    ],
    null,
    (body) => call('change_password', {}, { body }),
  );
  return (
    <section>
      <h2>{t.auth.password}</h2>
      {done && <p role="status">{t.account.passwordChanged}</p>}
      <Form form={form} submit={t.account.setPassword} quiet wide done={() => setDone(true)} />
    </section>
  );
}

function Deletion() {
  const { t } = useI18n();
  const navigate = useNavigate();
  const form = useForm(
    [
      password('current_password', t.account.currentPassword, {
        autoComplete: 'current-password',
      }),
    ],
    null,
    (body) => call('delete_account', {}, { body }),
  );
  return (
    <section>
      <h2>{t.account.deleteTitle}</h2>
      <p>{t.account.deleteHint}</p>
      <Form
        form={form}
        submit={t.account.deleteAccount}
        quiet
        wide
        done={() => void navigate({ to: '/sign-in' }).then(forget)}
      />
    </section>
  );
}
