import type { ProblemTexts } from '../catalogue';

export const problems: ProblemTexts = {
  'already-member': 'Já é membro deste espaço de trabalho.',
  'email-taken': 'Já existe uma conta com este endereço de e-mail: entre com ela.',
  forbidden: 'Seu papel não permite isso.',
  'idempotency-mismatch': 'Isto foi enviado duas vezes com conteúdos diferentes. Nada mudou.',
  internal: 'Algo falhou no servidor. Tente de novo.',
  'manager-circle': 'Ninguém pode ser o próprio gestor, nem por meio de outros.',
  'method-not-allowed': 'O servidor não faz isso aqui.',
  'no-such-date': 'Essa data não existe.',
  'not-bookable': 'Esta pessoa ou este projeto não aceita alocações nesses dias.',
  'precondition-failed':
    'Alguém mudou isto nesse meio-tempo. Veja como está agora e tente de novo.',
  'rate-limited': 'Vezes demais seguidas. Espere um momento e tente de novo.',
  reset: 'Este espaço de trabalho foi restaurado. Carregue a página de novo.',
  'too-large': 'É mais do que o servidor aceita de uma vez.',
  unauthenticated: 'Entre para continuar.',
  'undo-conflict': 'Outros mudaram isto desde então: não dá mais para desfazer.',
  'unsupported-media-type': 'O servidor não lê o que foi enviado.',
  'workspace-closing':
    'Este espaço de trabalho está sendo encerrado. Até ser apagado, um administrador pode desistir disso ou baixar a exportação.',
};
