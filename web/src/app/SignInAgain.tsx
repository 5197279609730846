import { SignInForm } from '../features/auth/SignInForm';
import { getState } from '../shared/api/session';
import { useI18n } from '../shared/i18n/i18n';
import { Dialog } from '../shared/ui/Dialog';

/** Over the page of an ended session, so that nothing typed is lost. */
export default function SignInAgain({ email, userId }: { email: string; userId: string }) {
  const { t } = useI18n();
  const done = () => {
    const state = getState();
    if (state.status === 'signed-in' && state.session.user.id !== userId)
      window.location.assign('/');
  };
  return (
    <Dialog title={t.auth.expired}>
      <SignInForm email={email} done={done} />
    </Dialog>
  );
}
