import { Button } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { call } from '@/shared/api/client';
import { keepUser } from '@/shared/api/session';
import { useSession } from '@/shared/api/useSession';
import { useI18n } from '@/shared/i18n/i18n';
import { ErrorNotice } from '@/shared/ui/ErrorNotice';
import { Frame } from './Frame';

/** Where the link leads that was mailed to an address: whoever is signed in to its account confirms it. */
export default function Verify() {
  const { t } = useI18n();
  const { token = '' } = useParams({ strict: false });
  const session = useSession();
  const confirm = useMutation({
    mutationFn: () => call('confirm_address', {}, { body: { token } }),
    onSuccess: (me) => keepUser(me.user),
  });
  const email = session?.user.email ?? '';
  return (
    <Frame title={t.account.verifyTitle}>
      {confirm.isSuccess ? (
        <>
          <p role="status">{t.account.verified({ email })}</p>
          <p>
            <Link to="/">{t.invitation.home}</Link>
          </p>
        </>
      ) : (
        <>
          <p>{t.account.signedInAs({ email })}</p>
          <ErrorNotice error={confirm.error} />
          <Button loading={confirm.isPending} onClick={() => confirm.mutate()}>
            {t.account.verify}
          </Button>
        </>
      )}
    </Frame>
  );
}
