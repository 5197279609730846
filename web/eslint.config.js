import hooks from 'eslint-plugin-react-hooks';
import tseslint from 'typescript-eslint';

/** Colours and pixels live in src/shared/ui/tokens.css; the schedule's measures in features/schedule/measures.ts are plain numbers. */
const tokensOnly = [
  {
    selector: 'Literal[value=/#[0-9a-fA-F]{3,8}$|^rgba?\\(|^hsla?\\(|^oklch\\(/]',
    message: 'Colours come from src/shared/ui/tokens.css.',
  },
  {
    selector: 'Literal[value=/(^|[\\s(])\\d+(\\.\\d+)?px/]',
    message: 'Pixels come from src/shared/ui/tokens.css.',
  },
  {
    selector: 'TemplateElement[value.raw=/(^|[\\s(:])\\d+(\\.\\d+)?px/]',
    message: 'Pixels come from src/shared/ui/tokens.css.',
  },
];

/** Code that does not come is waited for: src/shared/lib/chunks.tsx. */
const chunksOnly = {
  selector: 'ImportSpecifier[imported.name=/^(lazy|lazyRouteComponent)$/]',
  message: 'A missing piece of code would take the screen: use `screen` or `lazyChunk`.',
};

export default tseslint.config(
  { ignores: ['dist', 'node_modules', 'src/**/*.gen.ts', 'public'] },
  ...tseslint.configs.recommended,
  {
    files: ['src/**/*.{ts,tsx}'],
    plugins: { 'react-hooks': hooks },
    rules: {
      'react-hooks/rules-of-hooks': 'error',
      'react-hooks/exhaustive-deps': 'error',
      'no-restricted-syntax': ['error', ...tokensOnly, chunksOnly],
      '@typescript-eslint/no-non-null-assertion': 'error',
      'no-console': 'error',
    },
  },
  {
    files: ['src/shared/lib/chunks.tsx'],
    rules: { 'no-restricted-syntax': ['error', ...tokensOnly] },
  },
  {
    files: ['src/**/*.test.{ts,tsx}'],
    rules: { 'no-restricted-syntax': 'off' },
  },
  // shared → features → app: what is to the left never imports what is to the right, and no feature imports another.
  {
    files: ['src/shared/**/*.{ts,tsx}'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              regex: '(^@/|/)(features|app)/',
              message: 'shared knows nothing of features or app.',
            },
          ],
        },
      ],
    },
  },
  {
    files: ['src/features/**/*.{ts,tsx}'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              regex: '^@/(features|app)/',
              message: 'A feature imports from shared alone, and from itself by relative paths.',
            },
            { regex: '^\\.\\./', message: 'A feature does not reach outside its folder.' },
          ],
        },
      ],
    },
  },
);
