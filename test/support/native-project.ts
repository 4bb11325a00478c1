import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { extensionModule } from './extension-module.ts';
import { Rig } from './rig.ts';
import { makeWheel, type MadeWheel } from './wheel.ts';

const server = `import json
import os
from http.server import BaseHTTPRequestHandler, HTTPServer

from limits import open_files


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps({"open_files": open_files()}).encode())


def main():
    HTTPServer(("0.0.0.0", int(os.environ["PORT"])), Handler).serve_forever()
`;

/**
 * A project that serves HTTP, with a native wheel and a pure one of our own, locked by a uv.lock. It needs nothing but
 * the Python of `pythonBase()`, from which the native module is taken.
 * @param base as the manifest takes it
 * @param architectures what the native package has wheels for, in dpkg's words; undefined: this machine's
 */
export async function nativeRig(
  base: string,
  architectures: readonly (string | undefined)[] = [undefined],
): Promise<Rig> {
  const rig = new Rig();
  const native = await Promise.all(architectures.map(async (architecture) => nativeWheel(architecture)));
  rig.write({
    'pycontainer.yaml': manifest(base),
    'pyproject.toml': project,
    'uv.lock': uvLock(native, pureWheel),
    'src/served/__init__.py': server,
    'src/served/words.py': 'GREETING = "hello"\n',
  });
  const folder = path.join(rig.root, 'wheels');
  mkdirSync(folder);
  for (const { filename, bytes } of [...native, pureWheel]) writeFileSync(path.join(folder, filename), bytes);
  Object.assign(rig.env, { PIP_FIND_LINKS: folder, PIP_NO_INDEX: '1' });
  return rig;
}

const manifest = (base: string): string => `targets:
  served:
    base: ${base}
    tags: ["\${REGISTRY:-example.com}/served:dev"]
    environment:
      PORT: \${PORT:-8000}
    user: "1000:1000"
`;

const project = `[project]
name = "served"
version = "1.0"
requires-python = ">=3.9"
dependencies = ["limits==1.0"]

[project.scripts]
served = "served:main"

[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"
`;

const pureWheel: MadeWheel = makeWheel({
  name: 'plainly',
  version: '2.0',
  files: { 'plainly/__init__.py': 'def plain(value):\n    return int(value)\n' },
});

/** An extension module of the base's own Python, in a package of another name. */
async function nativeWheel(architecture: string | undefined): Promise<MadeWheel> {
  const { filename, bytes, tag } = await extensionModule('resource', architecture);
  const code = `from plainly import plain\n\nfrom .resource import RLIMIT_NOFILE, getrlimit\n\n
def open_files():
    return plain(getrlimit(RLIMIT_NOFILE)[0])
`;
  return makeWheel({
    name: 'limits',
    version: '1.0',
    tag,
    files: { 'limits/__init__.py': code, [`limits/${filename}`]: bytes },
    metadata: ['Requires-Dist: plainly'],
  });
}

function uvLock(native: readonly MadeWheel[], pure: MadeWheel): string {
  return `version = 1
revision = 3
requires-python = ">=3.9"

${locked('limits', '1.0', native, 'dependencies = [\n    { name = "plainly" },\n]\n')}
${locked('plainly', '2.0', [pure])}
[[package]]
name = "served"
version = "1.0"
source = { editable = "." }
dependencies = [
    { name = "limits" },
]

[package.metadata]
requires-dist = [{ name = "limits", specifier = "==1.0" }]
`;
}

function locked(name: string, version: string, wheels: readonly MadeWheel[], more = ''): string {
  const files = wheels.map(({ filename, bytes }) => {
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const url = `https://files.pythonhosted.org/packages/own/${filename}`;
    return `    { url = "${url}", hash = "sha256:${sha256}", size = ${bytes.length} },\n`;
  });
  return `[[package]]
name = "${name}"
version = "${version}"
source = { registry = "https://pypi.org/simple" }
${more}wheels = [
${files.join('')}]
`;
}
