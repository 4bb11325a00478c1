/** Folders and files that must not be packed by accident. Only an `include` that names them brings them in. */
const names = new Set([
  '.git',
  '.hg',
  '.svn',
  '.venv',
  '.tox',
  '.nox',
  '__pycache__',
  '.pytest_cache',
  '.mypy_cache',
  '.ruff_cache',
  '.hypothesis',
  '.ipynb_checkpoints',
  '.pycontainer',
  '.DS_Store',
  '.env',
  '.envrc',
  '.netrc',
  '.pypirc',
  '.aws',
  '.ssh',
  '.gnupg',
  'id_rsa',
  'id_dsa',
  'id_ecdsa',
  'id_ed25519',
]);

const patterns: readonly RegExp[] = [
  /\.py[co]$/,
  /^\.env\.(?!example$|sample$|template$|dist$)/,
  /\.(?:key|p12|pfx|jks|keystore)$/,
  /^pycontainer\.(?:ya?ml|lock|toml|schema\.json)$/,
  /^(?:pycontainer\.lock|pylock\.[^.]+\.toml)\.pycontainer-.*\.tmp$/,
];

/** What other layers are made from; in the app layer they would make it stale with every change of a lock. */
const lockFiles = new Set(['uv.lock', 'poetry.lock', 'pdm.lock', 'Pipfile.lock']);
const pylock = /^pylock(?:\.[^.]+)?\.toml$/;

/** Why a name is kept out of the image whatever the ignore rules say, or undefined. */
export function isGuarded(name: string): boolean {
  return names.has(name) || lockFiles.has(name) || pylock.test(name) || patterns.some((pattern) => pattern.test(name));
}

/** File names whose content is looked at, since only that tells a private key from a public certificate. */
export function mayHoldPrivateKey(name: string): boolean {
  return name.endsWith('.pem');
}

export function holdsPrivateKey(bytes: Buffer): boolean {
  return /-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----/.test(bytes.toString('latin1'));
}
