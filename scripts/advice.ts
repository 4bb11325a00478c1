import type { ErrorCode } from '../src/errors.ts';
import type { WarningCode } from '../src/events.ts';

/** When an error or warning comes, and what to do: the text of docs/errors.md. A code without one does not compile. */
export const advice: Readonly<Record<ErrorCode | WarningCode, string>> = {
  internal:
    'pycontainer did something that it should never do. Run the command again with `-v` and report what it prints.',
  interrupted:
    'You stopped the command. What was finished is kept in the store; run the command again to go on from there.',
  'not-supported-yet': 'The manifest asks for something that has a name but no meaning yet. Leave it out.',
  usage: 'A flag, an argument or an environment variable is not understood. `pycontainer COMMAND --help` lists them.',

  'manifest-not-found':
    'Neither this folder nor one above it, up to the repository’s root, has a `pycontainer.yaml`, or a `pyproject.toml` with `[tool.pycontainer]`. Write one with `pycontainer init`, or name one with `-f`.',
  'manifest-exists':
    '`pycontainer init` never writes over a manifest. Add a target to the one that is there, or use `--force`.',
  'manifest-syntax': 'The file cannot be read as YAML or TOML at the place that is shown. Mind indentation and quotes.',
  'manifest-unknown-key':
    'A key is misspelt or stands in the wrong section; the nearest right key is named beside it. Editors find these with the `yaml-language-server` line that `pycontainer init` writes.',
  'manifest-invalid': 'The value does not fit its key. The message says what would.',
  'manifest-variable':
    'A `${VARIABLE}` has no value, or is written wrongly. Set it, give it a default with `${VARIABLE:-default}`, or write `$$` for a dollar.',
  'manifest-extends': '`extends` takes the name of another target in the same file, and must not lead back to itself.',
  'manifest-conflict':
    'Two settings cannot both hold, such as two images under one name. Change one of the two places that are shown.',
  'target-not-found': 'No target or group has this name. The message names the nearest one.',
  'project-not-found':
    'The folder has no `pyproject.toml`, no lock file and no Python file. Start in the project’s folder, or name it with `-C`.',

  'digest-invalid': 'A digest is `sha256:` and 64 lower-case hex digits.',
  'platform-invalid': 'A platform is written `os/architecture`, with `/variant` where it has one: `linux/arm64`.',
  'reference-invalid':
    'An image is named `[HOST[:PORT]/]NAME[:TAG]`, in lower case but for the tag; `@sha256:…` pins what it stands for.',

  'store-unusable':
    'The folder in which layers are kept cannot be read or written. Mend its permissions, or name another one with `PYCONTAINER_STORE`.',
  'store-blob-missing': 'Something went from the store while it was needed. Run the command again: it is made anew.',
  'store-blob-damaged':
    'Bytes in the store are not what their name says, so they were dropped. Run the command again; if it comes back, look at the disk.',
  'disk-full': 'Make room on the disk that holds the store and the outputs, then run the command again.',

  'layer-entry-invalid':
    'A file has a name or kind that layers cannot hold. Rename it, or leave it out with `exclude`.',
  'layer-entry-duplicate': 'Two files would stand at one path of the image. Leave one of them out.',
  'file-changed-while-read':
    'Something writes to the project while it is packed. Wait until it is done, or leave what changes out with `exclude`.',
  'file-unreadable': 'The file exists but cannot be read. Mend its permissions, or leave it out with `exclude`.',
  'archive-invalid': 'A tar, gzip or zip file ends too early or contradicts itself. Fetch or make it again.',

  network:
    'The host could not be reached, or stopped answering. Check the connection, the name, and `HTTPS_PROXY` and `NO_PROXY`.',
  tls: 'The host’s certificate is not vouched for. Name its authority with `registries: {HOST: {ca: FILE}}` or `SSL_CERT_FILE`; take `insecure: true` only for hosts of your own.',
  'registry-unauthorized':
    'The registry wants to know who you are. Log in with `pycontainer login HOST`; logins of `docker` and `podman` count too.',
  'registry-denied':
    'The registry knows you and says no. Check the image’s name and what your account or token may do.',
  'registry-not-found':
    'The registry has no image of this name or tag, or hides it from those who are not logged in. Check the spelling, and log in.',
  'registry-rate-limit': 'The registry takes no more requests from you for now. Wait, or log in: that raises limits.',
  'registry-answer':
    'The answer breaks the protocol, or is an error of the registry itself. Try again; `-v` shows what it said.',
  'registry-unsupported':
    'The registry lacks something that is needed, or the image is of a kind that is not built on.',
  'credentials-invalid':
    'Credentials are there but cannot be read. Mend or delete the entry in docker’s `config.json`, or log in again.',
  'login-unsaved':
    'The file or the helper program that keeps logins does not take changes. The message names it; mend it, or name another folder in `DOCKER_CONFIG`.',
  'digest-mismatch':
    'What arrived is not what was asked for. Try again; if it stays so, a proxy or mirror changes what passes through it.',

  'base-not-found': 'The base’s file, folder or tag is not there. Paths are relative to the manifest.',
  'base-invalid': 'The base’s file or image contradicts itself. Make or pull it again.',
  'base-platform':
    'The base is not made for this platform. The message lists those that it has; choose one, or another base.',
  'base-python':
    'The base has no Python, or not one that `requires-python` takes. Choose a base that has, such as `python:3.13-slim`.',

  'lock-not-found':
    'The file that `dependencies.from` names is not there, or none was found. Write it with your tool, such as `uv lock`, or with `pycontainer lock`, which asks the uv or pip on your PATH and writes `pylock.<target>.toml`.',
  'lock-syntax': 'The lock file cannot be read at the place that is shown. Write it again with the tool that made it.',
  'lock-unsupported': 'The file is of a kind or version that is not read. The message lists those that are.',
  'lock-failed':
    '`pycontainer lock` asked uv or pip and got no solution. The message says which one, and what it said last.',
  'lock-outdated':
    'pyproject.toml, or the requirements file that `pycontainer lock` resolved, has changed since the lock was written. Write the lock again and commit both.',
  'lock-platform':
    'The lock was made for other platforms or Python versions than the image’s. Lock for these too, or choose another base.',
  'lock-unpinned':
    'A requirement has no exact version, so builds would differ. Pin it with `==`, or run `pycontainer lock`.',
  'extra-unknown': 'The project has no extra of this name. The message lists those that it has.',
  'group-unknown': 'The project has no dependency group of this name. The message lists those that it has.',
  'dependency-conflict': 'What was asked for excludes each other, as the lock declares. Ask for one of them.',
  'version-invalid': 'Versions are written as PEP 440 has it: `1.2`, `1.2rc1`, `1.2.post1`.',
  'specifier-invalid': 'Conditions on versions are written as PEP 440 has it: `>=1.2,<2`.',
  'marker-invalid': "Markers are written as PEP 508 has it: `python_version >= '3.11'`.",
  'requirement-invalid': 'Requirements are written as PEP 508 has it: `name[extra]>=1.2; marker`.',
  'filename-invalid':
    'Wheels are named `NAME-VERSION-PYTHON-ABI-PLATFORM.whl`. Rename it as it was, or build it again.',
  'project-invalid': 'pyproject.toml has a mistake at the place that is shown.',

  'package-not-found':
    'None of the indexes has the package or its locked version. Check `dependencies.indexes`, and the indexes of pip and uv.',
  'wheel-not-fitting':
    'There are wheels, but none for the base’s Python, C library and processor. Choose a base that they fit, or another version of the package.',
  'wheel-sdist-only':
    'The package has no wheel, and nothing is compiled here. Build one with `pip wheel` and name its folder in `dependencies.find-links`, or take a version that has one.',
  'wheel-hash-mismatch':
    'The file’s hash is not the one in the lock. If the index replaced it on purpose, lock again; else do not trust it.',
  'wheel-invalid': 'The wheel breaks the format in a way that could harm the image. Build or fetch it again.',
  'wheel-conflict':
    'Two packages have different bytes for one path. With `dependencies.strict` that is an error; take one of them out.',
  'library-missing':
    'Python packages need a shared library that neither the base nor another package has. Choose a base that has it. An error only with `dependencies.strict`.',
  'requires-unmet':
    'The lock lacks something that an installed package requires. Lock again. An error only with `dependencies.strict`.',
  'index-settings': 'A setting of pip or uv, or a credential for an index, cannot be used. The message names its file.',
  'index-unreachable': 'The index gave no list of files. Check its address and your credentials for it.',

  'start-unknown':
    'Nothing says how the app starts: no single command in `[project.scripts]`, no framework with a production server among the dependencies, no `__main__.py`. Say it with `cmd: […]`.',
  'app-empty': 'Ignore rules and `exclude` leave nothing to pack. Check `context`, and add to `include`.',
  'app-path-outside': 'Only files below the manifest’s folder are packed. Move the file, or the manifest further up.',
  'user-unknown':
    'A user’s name must stand in the base’s passwd file. Give numbers, `"1000:1000"`, or `{name, uid, gid}`, which is added.',

  'engine-absent':
    'Neither Docker nor Podman listens at any of the places where engines are looked for, and something was asked for that needs one. Start one, or say where it is with `DOCKER_HOST`.',
  'engine-address':
    '`DOCKER_HOST`, `CONTAINER_HOST` or a Docker context does not lead to an engine that can be spoken to: Unix sockets and TCP (with TLS or without) can, SSH and Windows pipes cannot.',
  'engine-unreachable':
    'The engine answered before and does not now. See that it still runs, and run the command again.',
  'engine-denied': 'The engine, or a plugin that guards it, does not allow the request. Ask whoever runs it.',
  'engine-not-found': 'The engine has no image, container, network or volume of this name.',
  'engine-conflict':
    'A name or a port is taken, or a container is in use. The message has the engine’s own words; remove what is in the way if it is yours.',
  'engine-answer': 'The engine could not do what it was asked for. The message has its own words.',

  'output-unusable': 'An output’s folder or file cannot be written. Check the path and its permissions.',
  'container-foreign':
    'A container has the name that a target’s container would get, and pycontainer did not make it. It is left alone: rename or remove it yourself, or rename the target.',
  'container-failed':
    'The engine did not start the container, or the app in it ended or stayed unhealthy while others waited for it. The message and the container’s last lines say why; `pycontainer logs` has more.',
  'container-not-found': 'The target’s container is not there. Start it with `pycontainer up`.',
  'session-running':
    'Another `pycontainer up` of this project is attached or watching, and both would restart each other’s containers. End it first; the message has its process id.',
  'env-file-invalid': 'A file of `run.env-file` is not there, or a line of it is not `NAME=VALUE`. The place is shown.',
  'depends-on':
    '`depends-on` names targets of the same manifest that say `run`, and must not lead back to its own target.',
  'limit-exceeded':
    'The image would be larger than `limits` of its target allows. Look at what came with `pycontainer plan`; take it out, or raise the limit.',
  'build-failed': 'The build cannot go on. The message says why.',
  locked: 'Run `pycontainer lock` without `--locked`, look at what changed, and commit it.',
  offline: 'Run once without `--offline`, so that what is missing is fetched into the store.',

  'base-facts':
    'Two places in the base contradict each other, or say nothing. The message says what is believed; choose another base if that is wrong.',
  'cmd-arguments':
    'The base starts a Python interpreter, and `cmd` alone does not change that, as in Docker. Say the whole command with `entrypoint`.',
  'files-left-out':
    '`.dockerignore` or `.gitignore` keeps Python files out of the image. If the app needs them, name them in `include`.',
  'link-dangling':
    'A symlink leads out of the context, so it leads nowhere in the image. Copy what it leads to with `files`.',
  'credential-helper-missing':
    'docker’s `config.json` names a credential helper that is not installed. The registry is asked without a login.',
  'credential-helper-failed': 'A credential helper ended with an error. The registry is asked without a login.',
  'login-unchecked':
    'The registry lets everyone in as far as its door, so that it cannot say whether the password is right. The login is kept; a push will show.',
  'login-elsewhere':
    'A login for the host stands in a second place, which is looked at as well: a variable, another file, or Podman’s. Change or remove it there.',
  'wheel-linux-tag':
    'The wheel was made for one machine, with whatever libraries that has. Take a manylinux or musllinux wheel, or make one with auditwheel.',
  'wheel-yanked':
    'Its authors took the file back, usually for a reason. It is installed, as the lock says; lock again to leave it.',
  'wheel-record': 'The wheel’s list of its files is not quite right. Its files are installed as they are, as pip does.',
  'wheel-metadata': 'The wheel breaks a rule that pip passes over too. It is installed; the message says how.',
  'encoder-differs':
    'This Node.js compresses otherwise than the usual ones, so the digests of layers differ from those of other machines. Their content does not.',
  'cache-unreadable':
    'A repository of `cache-from` could not be asked, or what it gave could not be used. Layers are made as if it were not there. Check its name, and that you are logged in.',
  'cache-unwritable':
    'Layers could not be written to a repository of `cache-to`; the images are not touched by that. Where builds may only read, such as those of pull requests, leave `cache-to` empty.',
  'lock-choice': 'The lock asks for something that does not apply here. The message says what was done instead.',
  'not-carried-over':
    '`pycontainer init` found a setting that the manifest has no word for. Say it in another way, or leave it.',
  'watch-polls':
    'A watch looks at all files again and again, which costs more than being told. Raise the system’s limit, or leave folders out with `exclude`.',
  'not-run': 'Something that the manifest describes was not started. The message says why.',
};
