import assert from 'node:assert/strict';
import { test } from 'node:test';
import { reloadsItself } from '../../src/run/reloads.ts';

const reload = [
  'uvicorn shop:app --reload',
  '/opt/venv/bin/uvicorn --reload shop:app',
  'python -m uvicorn shop:app --reload',
  'gunicorn --reload shop:app',
  'hypercorn --reload shop:app',
  'granian --reload shop:app',
  'fastapi dev main.py',
  'flask --app shop run --debug',
  'flask --debug run',
  'python -m flask run --reload',
  'python manage.py runserver 0.0.0.0:8000',
  'django-admin runserver',
  'python -m django runserver',
  'watchfiles shop.main',
  'watchmedo auto-restart -- python main.py',
  'litestar run --reload',
  'sanic shop:app --dev',
];

const stay = [
  'uvicorn shop:app',
  'fastapi run main.py',
  'flask run',
  'flask --debug run --no-reload',
  'python manage.py runserver --noreload',
  'python manage.py migrate',
  'celery -A shop worker --reload',
  'python main.py --reload',
  'python main.py dev',
];

test('servers that watch their files are known, and no others', () => {
  for (const command of reload) assert.ok(reloadsItself(command.split(' '), []), command);
  for (const command of stay) assert.ok(!reloadsItself(command.split(' '), []), command);
});

test('a command line for a shell is looked into', () => {
  assert.ok(reloadsItself(['sh', '-c', 'exec uvicorn shop:app --reload'], []));
});

test('Flask is told by a variable too', () => {
  assert.ok(reloadsItself(['flask', 'run'], ['A=1', 'FLASK_DEBUG=1']));
  assert.ok(!reloadsItself(['flask', 'run'], ['FLASK_DEBUG=0']));
});
