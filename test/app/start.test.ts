import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { PycontainerError } from '../../src/errors.ts';
import { selectFiles } from '../../src/app/select.ts';
import { inferStart, type Start, type StartInputs } from '../../src/app/start.ts';

function start(
  tree: Readonly<Record<string, string>>,
  packages: readonly string[],
  more: Partial<StartInputs> = {},
): Start {
  const folder = mkdtempSync(join(tmpdir(), 'start-'));
  try {
    for (const [path, text] of Object.entries(tree)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
    const { files } = selectFiles({ context: folder, include: [], exclude: [], ownOutputs: [] });
    return inferStart({ scripts: [], packages: new Set(packages), files, port: 8000, ...more });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const fastapi = 'from fastapi import FastAPI\n\napi = FastAPI(title="x")\n';

test('a single project script is the start', () => {
  assert.deepEqual(start({ 'main.py': '' }, [], { scripts: ['serve'] }).cmd, ['serve']);
});

test('among several project scripts the one named as the project is the start', () => {
  assert.deepEqual(start({}, [], { scripts: ['admin', 'shop'], projectName: 'shop' }).cmd, ['shop']);
});

test('a FastAPI application is found in a src layout under its own name and served by uvicorn', () => {
  const tree = { 'src/shop/main.py': fastapi, 'src/shop/__init__.py': '', 'tests/main.py': 'app = FastAPI()' };
  assert.deepEqual(start(tree, ['fastapi', 'uvicorn'], { port: 9000 }), {
    cmd: ['uvicorn', 'shop.main:api', '--host', '0.0.0.0', '--port', '9000'],
    because: 'src/shop/main.py has the FastAPI application api, served by uvicorn',
    port: 9000,
  });
});

test('an application with a type annotation or a module prefix is found', () => {
  const tree = { 'app.py': 'import fastapi\nweb: fastapi.FastAPI = fastapi.FastAPI()\n' };
  assert.equal(start(tree, ['fastapi', 'hypercorn']).cmd.at(-1), 'app:web');
});

test('the usual file name wins over others at the same depth, and shallower over deeper', () => {
  const tree = { 'aaa.py': fastapi, 'main.py': fastapi, 'pkg/main.py': fastapi };
  assert.equal(start(tree, ['fastapi', 'uvicorn']).cmd[1], 'main:api');
});

test('a Flask factory is called by gunicorn', () => {
  const tree = {
    'shop/__init__.py':
      'from flask import Flask\ndef create_app(config=None):\n    app = Flask(__name__)\n    return app\n',
  };
  assert.deepEqual(start(tree, ['flask', 'gunicorn']).cmd, ['gunicorn', '--bind', '0.0.0.0:8000', 'shop:create_app()']);
});

test('a Django site is served through wsgi by gunicorn, through asgi where only uvicorn is there', () => {
  const tree = {
    'manage.py': "os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'mysite.settings')",
    'mysite/wsgi.py': '',
    'mysite/asgi.py': '',
  };
  assert.equal(start(tree, ['django', 'gunicorn', 'uvicorn']).cmd.at(-1), 'mysite.wsgi:application');
  assert.equal(start(tree, ['django', 'uvicorn']).cmd[1], 'mysite.asgi:application');
});

test('a framework without a production server is refused, never served by its development server', () => {
  assert.throws(
    () => start({ 'app.py': 'from flask import Flask\napp = Flask(__name__)\n' }, ['flask', 'werkzeug']),
    (error) => error instanceof PycontainerError && error.code === 'start-unknown' && /gunicorn/.test(error.hint ?? ''),
  );
});

test('a package with __main__.py, else main.py, is run by python', () => {
  assert.deepEqual(start({ 'src/tool/__main__.py': '', 'main.py': '' }, []).cmd, ['python', '-m', 'tool']);
  assert.deepEqual(start({ 'main.py': '' }, []).cmd, ['python', 'main.py']);
});

test('when nothing is found the error lists what was looked for', () => {
  assert.throws(
    () => start({ 'notes.py': '' }, []),
    (error) => error instanceof PycontainerError && /FastAPI.*__main__\.py.*main\.py/.test(error.hint ?? ''),
  );
});
