import { createHash } from 'node:crypto';
import { globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pythonBase } from './python-base.ts';
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
 */
export async function nativeRig(base: string): Promise<Rig> {
  const rig = new Rig();
  const wheels = [await nativeWheel(), pureWheel];
  rig.write({
    'pycontainer.yaml': manifest(base),
    'pyproject.toml': project,
    'uv.lock': uvLock(wheels),
    'src/served/__init__.py': server,
    'src/served/words.py': 'GREETING = "hello"\n',
  });
  const folder = path.join(rig.root, 'wheels');
  mkdirSync(folder);
  for (const { filename, bytes } of wheels) writeFileSync(path.join(folder, filename), bytes);
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
async function nativeWheel(): Promise<MadeWheel> {
  const [found = ''] = globSync('usr/lib/python3.*/lib-dynload/resource.cpython-*.so', { cwd: await pythonBase() });
  const [, version = '', machine = ''] = /cpython-(\d+)-([a-z0-9_]+)-linux/.exec(found) ?? [];
  const tag = `cp${version}-cp${version}-manylinux_2_17_${machine}`;
  const code = `from plainly import plain\n\nfrom .resource import RLIMIT_NOFILE, getrlimit\n\n
def open_files():
    return plain(getrlimit(RLIMIT_NOFILE)[0])
`;
  return makeWheel({
    name: 'limits',
    version: '1.0',
    tag,
    files: {
      'limits/__init__.py': code,
      [`limits/${path.basename(found)}`]: readFileSync(path.join(await pythonBase(), found)),
    },
    metadata: ['Requires-Dist: plainly'],
  });
}

function uvLock([native, pure]: readonly MadeWheel[]): string {
  return `version = 1
revision = 3
requires-python = ">=3.9"

${locked('limits', '1.0', native, 'dependencies = [\n    { name = "plainly" },\n]\n')}
${locked('plainly', '2.0', pure)}
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

function locked(name: string, version: string, wheel: MadeWheel | undefined, more = ''): string {
  const { filename = '', bytes = Buffer.alloc(0) } = wheel ?? {};
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return `[[package]]
name = "${name}"
version = "${version}"
source = { registry = "https://pypi.org/simple" }
${more}wheels = [
    { url = "https://files.pythonhosted.org/packages/own/${filename}", hash = "sha256:${sha256}", size = ${bytes.length} },
]
`;
}
