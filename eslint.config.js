// Lint: typescript-eslint's type-checked rules, and the direction of imports (docs/architecture.md).
import { defineConfig } from 'eslint/config'
import tseslint from 'typescript-eslint'

/** Folders of src, and those that each may not import from. Data and imports flow one way: cli → preflight → status → service, control → agent → the rest → kube. */
const forbidden = {
  cli: ['bin'],
  preflight: ['cli', 'service', 'inventory', 'lab'],
  service: ['cli', 'preflight', 'control', 'status', 'lab'],
  control: ['cli', 'preflight', 'service', 'status', 'lab', 'kube'],
  status: ['cli', 'preflight', 'service', 'lab', 'kube'],
  agent: ['cli', 'preflight', 'service', 'control', 'status', 'inventory', 'lab'],
  inventory: ['cli', 'preflight', 'service', 'control', 'status', 'agent', 'lab', 'kube'],
  fleet: ['cli', 'preflight', 'service', 'control', 'status', 'agent', 'inventory', 'probe', 'store'],
  kubeconfig: ['cli', 'service', 'agent', 'lab', 'csr', 'store', 'kube'],
  identity: ['cli', 'service', 'agent', 'lab', 'csr', 'store', 'kube'],
  discovery: ['cli', 'service', 'agent', 'lab', 'csr', 'store'],
  tokens: ['cli', 'service', 'agent', 'lab', 'csr', 'store', 'kube'],
  csr: ['cli', 'service', 'agent', 'lab', 'store'],
  pki: ['cli', 'service', 'agent', 'lab', 'store', 'csr', 'identity', 'kube'],
  store: ['cli', 'service', 'agent', 'lab', 'kube'],
  kube: ['cli', 'service', 'agent', 'lab', 'store'],
  lab: ['cli', 'service', 'agent', 'store', 'kube', 'probe'],
  probe: ['cli', 'preflight', 'service', 'control', 'status', 'agent', 'inventory', 'store'],
}

export default defineConfig(
  { ignores: ['dist/', 'node_modules/', 'bin/'] },
  tseslint.configs.strictTypeChecked,
  { languageOptions: { parserOptions: { projectService: { allowDefaultProject: ['eslint.config.js'] } } } },
  {
    rules: {
      // Template strings may hold numbers; everything else is still refused.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      // `switch` over a closed union ends in `unreachable`, which the compiler checks better.
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      // A non-null assertion hides the case that it denies.
      '@typescript-eslint/no-non-null-assertion': 'error',
      // client-node's models are classes by generation only; its own examples pass object literals.
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      'no-console': 'error',
      eqeqeq: 'error',
    },
  },
  ...Object.entries(forbidden).map(([folder, others]) => ({
    files: [`src/${folder}/**/*.ts`],
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              regex: `^(\\.\\./)+(${others.join('|')})/`,
              allowTypeImports: true,
              message: `src/${folder} stands below ${others.join(', ')}: see docs/architecture.md.`,
            },
          ],
        },
      ],
    },
  })),
  {
    // Only the command line knows yargs, and only bin/ sees `process`.
    files: ['src/**/*.ts'],
    rules: { 'no-restricted-globals': ['error', { name: 'process', message: 'Take what you need as a parameter.' }] },
  },
  { files: ['test/**/*.ts', 'scripts/**/*.ts', 'examples/**/*.ts'], rules: { 'no-console': 'off' } },
)
