import { makeElf } from '../support/elf.ts';
import type { ContainerConfig } from '../../src/oci/manifest.ts';
import { folder, program, symlink, type TestFile, type TestFiles, type TestImage } from './image.ts';

const machines = { x86_64: 62, aarch64: 183 };
const glibcLoader = '/lib64/ld-linux-x86-64.so.2';
const muslLoader = '/lib/ld-musl-x86_64.so.1';

interface Binary {
  readonly machine?: keyof typeof machines;
  readonly loader?: string;
  /** Stand in the file between NULs. */
  readonly strings?: readonly string[];
}

/** A program or library that says what facts are read from, and cannot run. */
export function binary({ machine = 'x86_64', loader, strings = [] }: Binary): TestFile {
  const elf = makeElf({ machine: machines[machine], ...(loader === undefined ? {} : { interpreter: loader }) });
  return program(Buffer.concat([elf, Buffer.from(`\0${strings.join('\0')}\0`)]));
}

export const glibc = (version: string): TestFile =>
  binary({
    strings: [`GNU C Library (Debian GLIBC ${version}-9+deb12u7) stable release version ${version}.\nCopyright`],
  });

export const python = (...strings: string[]): TestFile => binary({ loader: glibcLoader, strings });

const debian: TestFiles = {
  'etc/os-release': symlink('../usr/lib/os-release'),
  'usr/lib/os-release': 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nID=debian\nVERSION_ID="12"\n',
  'etc/passwd': 'root:x:0:0:root:/root:/bin/bash\n',
  'etc/group': 'root:x:0:\n',
  lib: symlink('usr/lib'),
  lib64: symlink('usr/lib64'),
  'usr/lib64/ld-linux-x86-64.so.2': symlink('/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2'),
  'usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2': binary({}),
  'usr/lib/x86_64-linux-gnu/libc.so.6': glibc('2.36'),
  'usr/lib/x86_64-linux-gnu/libz.so.1': symlink('libz.so.1.2.13'),
  'usr/lib/x86_64-linux-gnu/libz.so.1.2.13': binary({}),
};

const withShell: TestFiles = {
  bin: symlink('usr/bin'),
  'usr/bin/sh': symlink('dash'),
  'usr/bin/dash': binary({ loader: glibcLoader }),
};

function dpkg(packages: Readonly<Record<string, string>>): string {
  return Object.entries(packages)
    .map(
      ([name, version]) =>
        `Package: ${name}\nStatus: install ok installed\nVersion: ${version}\nDescription: x\n more\n`,
    )
    .join('\n');
}

const path = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** What the official images of Docker Hub say of themselves, a release of Python apart. */
function officialConfig(...release: readonly string[]): ContainerConfig {
  const Env = [path.replace('=', '=/usr/local/bin:'), 'LANG=C.UTF-8', ...release];
  return { Env, Cmd: ['python3'] };
}

/** Of the releases of 3.11: who signs them, and one of them. */
const release311 = [
  'GPG_KEY=A035C8C19219BA821ECEA86B64E628F8D684696D',
  'PYTHON_VERSION=3.11.12',
  'PYTHON_SHA256=849da87af4df137710c1796e276a955f7a85c9f971081067c8f565d15c352a09',
];

function officialLayers(version: string): readonly TestFiles[] {
  const short = version.slice(0, 4);
  const library = `usr/local/lib/python${short}`;
  return [
    { ...debian, ...withShell, 'root/': folder(0o700), 'tmp/': folder(0o1777) },
    {
      'etc/ld.so.conf': 'include /etc/ld.so.conf.d/*.conf\n',
      'etc/ld.so.conf.d/libc.conf': '# libc default configuration\n/usr/local/lib\n',
      [`usr/local/bin/python${short}`]: python(),
      'usr/local/bin/python3': symlink(`python${short}`),
      'usr/local/bin/python': symlink('python3'),
      [`usr/local/lib/libpython${short}.so.1.0`]: binary({ strings: [version] }),
      [`usr/local/include/python${short}/patchlevel.h`]: `#define PY_MAJOR_VERSION 3\n#define PY_VERSION      \t"${version}"\n`,
      [`${library}/os.py`]: '',
      [`${library}/site-packages/pip-24.2.dist-info/METADATA`]: 'Name: pip\n',
      [`${library}/site-packages/Typing_Extensions-4.12.2.dist-info/METADATA`]: '',
    },
  ];
}

/** `python:3.12-slim`. */
export const official: TestImage = {
  config: officialConfig('PYTHON_VERSION=3.12.7'),
  layers: officialLayers('3.12.7'),
};

/** `python:3.11-slim`, with its own config. @see https://github.com/docker-library/python/tree/master/3.11 */
export const slim311: TestImage = { config: officialConfig(...release311), layers: officialLayers('3.11.12') };

/** Debian's own Python, installed with apt. */
export const debianPython: TestImage = {
  config: { Env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'] },
  layers: [
    { ...debian, ...withShell },
    {
      'usr/bin/python3.11': python('3.11.2', '1.2.13'),
      'usr/bin/python3': symlink('python3.11'),
      'usr/lib/python3.11/os.py': '',
      'usr/lib/python3/dist-packages/six-1.16.0.egg-info/PKG-INFO': '',
      'usr/lib/python3/dist-packages/PyYAML-6.0.egg-info': '',
      'usr/local/lib/python3.11/dist-packages/six-1.17.0.dist-info/METADATA': '',
      'var/lib/dpkg/status': dpkg({ libc6: '2.36-9+deb12u7', 'python3.11-minimal': '3.11.2-6+deb12u5' }),
    },
  ],
};

/**
 * `gcr.io/distroless/python3`, with its own config: no shell, one file per package.
 * @see https://github.com/GoogleContainerTools/distroless/blob/main/python3/python.bzl
 */
export const distroless: TestImage = {
  config: {
    Entrypoint: ['/usr/bin/python3.11'],
    Env: [path, 'SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt', 'LANG=C.UTF-8'],
    User: '0',
    WorkingDir: '/',
  },
  layers: [
    { ...debian, 'var/lib/dpkg/status.d/libc6': 'Package: libc6\nVersion: 2.36-9+deb12u7\n' },
    {
      'usr/bin/python3.11': python(),
      'usr/bin/python': symlink('/usr/bin/python3.11'),
      'usr/bin/python3': symlink('/usr/bin/python3.11'),
      'usr/lib/python3.11/os.py': '',
      'var/lib/dpkg/status.d/libpython3.11-minimal': 'Package: libpython3.11-minimal\nVersion: 3.11.2-6+deb12u5\n',
      'var/lib/dpkg/status.d/libpython3.11-minimal.md5sums': 'Package: none\nVersion: 9\n',
    },
  ],
};

/** `python:3.11-alpine`, with its own config. */
export const alpine: TestImage = {
  config: officialConfig(...release311),
  layers: [
    {
      'etc/os-release': "NAME='Alpine Linux'\nID=alpine\nVERSION_ID=3.20.3\n",
      'etc/alpine-release': '3.20.3\n',
      'lib/ld-musl-x86_64.so.1': binary({ strings: ['1.2.5', 'Dynamic Program Loader'] }),
      'lib/libc.musl-x86_64.so.1': symlink('ld-musl-x86_64.so.1'),
      'bin/busybox': binary({ loader: muslLoader }),
      'bin/sh': symlink('/bin/busybox'),
      'lib/apk/db/installed': 'C:Q1x=\nP:musl\nV:1.2.5-r0\nA:x86_64\n\nP:busybox\nV:1.36.1-r29\n\n',
    },
    {
      'usr/local/bin/python3.11': binary({ loader: muslLoader }),
      'usr/local/bin/python3': symlink('python3.11'),
      'usr/local/lib/libpython3.11.so.1.0': binary({ strings: ['3.11.12'] }),
      'usr/local/lib/python3.11/os.py': '',
    },
  ],
};

/**
 * `mcr.microsoft.com/python/distroless`, its nonroot tags: packages and the licence over nothing, an ordinary user by
 * number, and no command. RPM's database is not text, so the binaries alone tell versions.
 * @see https://github.com/microsoft/azurelinux/tree/3.0/.pipelines/containerSourceData
 */
export const azureLinux: TestImage = {
  config: { Env: [path], User: '65532' },
  layers: [
    {
      'usr/lib/os-release': 'NAME="Microsoft Azure Linux"\nVERSION="3.0.20240824"\nID=azurelinux\nVERSION_ID="3.0"\n',
      'etc/os-release': symlink('../usr/lib/os-release'),
      'EULA-Container.txt': 'Microsoft container terms\n',
      'etc/passwd': 'root:x:0:0::/root:\nnonroot:x:65532:65532::/home/nonroot:/sbin/nologin\n',
      lib: symlink('usr/lib'),
      lib64: symlink('usr/lib'),
      bin: symlink('usr/bin'),
      'usr/lib/libc.so.6': glibc('2.38'),
      'usr/lib/libpython3.12.so.1.0': binary({ strings: ['3.12.3'] }),
      'usr/bin/python3.12': python(),
      'usr/bin/python3': symlink('python3.12'),
      'usr/lib/python3.12/os.py': '',
      'var/lib/rpmmanifest/container-manifest-2': 'python3\t3.12.3-5.azl3\n',
      'home/nonroot/': folder(0o700, 65532, 65532),
    },
  ],
};

/** `debian:12-slim`. */
export const noPython: TestImage = { layers: [{ ...debian, ...withShell }] };
