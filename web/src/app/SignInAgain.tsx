import '@mantine/core/styles/ModalBase.css';
import '@mantine/core/styles/Modal.css';
import '@mantine/core/styles/Overlay.css';
import '@mantine/core/styles/ScrollArea.css';
import '@mantine/core/styles/Paper.css';
import { Modal } from '@mantine/core';
import { getState } from '../shared/api/session';
import { SignInForm } from '../features/auth/SignInForm';
import { useI18n } from '../shared/i18n/i18n';

/** Over the page of an ended session, so that nothing typed is lost. */
export default function SignInAgain({ email, userId }: { email: string; userId: string }) {
  const { t } = useI18n();
  const done = () => {
    const state = getState();
    if (state.status === 'signed-in' && state.session.user.id !== userId) window.location.assign('/');
  };
  return (
    <Modal opened onClose={() => undefined} withCloseButton={false} title={t.auth.expired} closeOnEscape={false} closeOnClickOutside={false}>
      <SignInForm email={email} done={done} />
    </Modal>
  );
}
