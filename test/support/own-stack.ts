import { createHash } from 'node:crypto';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { extensionModule } from './extension-module.ts';
import { makeWheel, type MadeWheel } from './wheel.ts';

/** Whether the machine has a C compiler; without one the package with libraries of its own is pure. */
export const hasCompiler: boolean = spawnSync('cc', ['--version']).status === 0;

/** All of {@link ownWheels}, as a requirements.txt has them. */
export const ownPins: readonly string[] = [
  'apish==2.0',
  'apish-core==2.0.post1',
  'loopish==1.1',
  'numish==1.26.1',
  'sciish==1.0',
  'servish[standard]==1.0rc1',
];

/**
 * Small packages that are made as the known ones are: a framework with a core that is an extension module, a server
 * with an extra and worker processes, and mathematics with a shared library that two packages use.
 * @param architecture in dpkg's words; absent: this machine's. For another one the mathematics is pure.
 */
export async function ownWheels(architecture?: string): Promise<readonly MadeWheel[]> {
  const [core, loop] = await Promise.all(
    ['_json', 'resource'].map(async (name) => extensionModule(name, architecture)),
  );
  if (core === undefined || loop === undefined) throw new Error('no extension modules');
  return [
    ...mathematics(architecture === undefined && hasCompiler ? core.tag : undefined),
    makeWheel({
      name: 'apish',
      version: '2.0',
      metadata: ['Requires-Dist: apish-core==2.0.post1', 'Requires-Dist: apish-old; python_version < "3"'],
      files: {
        'apish/__init__.py': framework,
        'apish/templates/page.html': '<p>%s</p>',
        'apish-2.0.data/data/share/apish/words.txt': 'words',
        'apish/tables.bin': largeTable(),
      },
      members: [{ name: 'apish-2.0.data/scripts/apish-admin', data: '#!python\nprint("admin")\n', mode: 0o100755 }],
    }),
    makeWheel({
      name: 'apish_core',
      version: '2.0.post1',
      tag: core.tag,
      files: {
        'apish_core/__init__.py': 'from ._json import encode_basestring_ascii\n',
        [`apish_core/${core.filename}`]: core.bytes,
      },
    }),
    makeWheel({
      name: 'servish',
      version: '1.0rc1',
      metadata: [
        'Provides-Extra: standard',
        'Requires-Dist: loopish>=1; (sys_platform != "win32") and extra == "standard"',
      ],
      files: { 'servish/__init__.py': server },
      entryPoints: '[console_scripts]\nservish = servish:main\n',
    }),
    makeWheel({
      name: 'loopish',
      version: '1.1',
      tag: loop.tag,
      files: { 'loopish/__init__.py': 'from .resource import getpagesize\n', [`loopish/${loop.filename}`]: loop.bytes },
    }),
  ];
}

/** So much that the package gets a layer of its own. */
function largeTable(): Buffer {
  const hashes = Array.from({ length: 40_000 }, (_, index) => createHash('sha256').update(`${index}`).digest());
  return Buffer.concat(hashes);
}

const framework = `import subprocess
import sys
from importlib.resources import files
from pathlib import Path

from apish_core import encode_basestring_ascii


def page(text):
    return files(__name__).joinpath("templates/page.html").read_text() % encode_basestring_ascii(text)


def words():
    return Path(sys.prefix, "share/apish/words.txt").read_text()


def admin():
    return subprocess.run(["apish-admin"], check=True, capture_output=True, text=True).stdout.strip()
`;

const server = `import os
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib import import_module

import loopish


def main():
    module, _, name = sys.argv[1].partition(":")
    answer = getattr(import_module(module), name)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            body = answer().encode()
            self.send_response(200)
            self.end_headers()
            self.wfile.write(body)

    server = HTTPServer(("0.0.0.0", int(os.environ["PORT"])), Handler)
    server.timeout = 0.2
    server.socket.setblocking(False)
    parent = os.getpid()
    for _ in range(2):
        if os.fork() == 0:
            while os.getppid() == parent:
                server.handle_request()
            sys.exit()
    assert loopish.getpagesize() > 0
    os.wait()
`;

const library =
  'double own_dot(const double *a, const double *b, int n) { double s = 0; while (n--) s += *a++ * *b++; return s; }';
const square =
  'double own_dot(const double *, const double *, int);\ndouble own_square(const double *a, int n) { return own_dot(a, a, n); }';

/** Two packages, the library in `numish.libs` as repair tools put it there: found by both through their RPATH. */
function mathematics(tag: string | undefined): readonly MadeWheel[] {
  const built = tag === undefined ? undefined : compile();
  const code = (name: string): string => (built === undefined ? pureMathematics : loaded(name));
  const wheel = (name: string, version: string, libraries: Record<string, Buffer>, metadata: string[]): MadeWheel =>
    makeWheel({
      name,
      version,
      ...(tag === undefined ? {} : { tag }),
      metadata,
      files: { [`${name}/__init__.py`]: code(name), ...(built === undefined ? {} : libraries) },
    });
  const { shared = Buffer.alloc(0), user = Buffer.alloc(0) } = built ?? {};
  return [
    wheel('numish', '1.26.1', { 'numish.libs/libowndot-8f3a.so.0': shared, 'numish/_math.so': user }, []),
    wheel('sciish', '1.0', { 'sciish/_math.so': user }, ['Requires-Dist: numish<2,>=1.25']),
  ];
}

const loaded = (name: string): string => `import ctypes
import os

_library = ctypes.CDLL(os.path.join(os.path.dirname(__file__), "_math.so"))
_library.own_square.restype = ctypes.c_double


def square(values):
    return _library.own_square((ctypes.c_double * len(values))(*values), len(values))
${name === 'numish' ? '' : '\n\nimport numish\n'}`;

const pureMathematics = `def square(values):
    return float(sum(value * value for value in values))
`;

/** Without the C library, so that what is made fits every base. */
function compile(): { readonly shared: Buffer; readonly user: Buffer } {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'pycontainer-cc-'));
  const cc = (...args: string[]): unknown =>
    execFileSync('cc', ['-shared', '-fPIC', '-O1', '-nostdlib', '-fno-stack-protector', ...args], { cwd: folder });
  try {
    writeFileSync(path.join(folder, 'dot.c'), library);
    writeFileSync(path.join(folder, 'square.c'), square);
    cc('-o', 'libowndot-8f3a.so.0', '-Wl,-soname,libowndot-8f3a.so.0', 'dot.c');
    cc('-o', 'math.so', '-Wl,-rpath,$ORIGIN/../numish.libs', 'square.c', '-L.', '-l:libowndot-8f3a.so.0');
    return {
      shared: readFileSync(path.join(folder, 'libowndot-8f3a.so.0')),
      user: readFileSync(path.join(folder, 'math.so')),
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
