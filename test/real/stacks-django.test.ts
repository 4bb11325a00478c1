import { test } from 'node:test';
import { type RealStack, standsOnRealWheels } from '../support/real-stack.ts';
import { stackMissing } from '../support/stack.ts';

const django: RealStack = {
  roots: ['django', 'gunicorn'],
  files: {
    'manage.py': `import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "site_one.settings")
`,
    'site_one/__init__.py': '',
    'site_one/settings.py': `SECRET_KEY = "only for a test"
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "site_one.urls"
INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes"]
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
`,
    'site_one/wsgi.py': `import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "site_one.settings")
application = get_wsgi_application()
`,
    'site_one/urls.py': `from django.contrib.auth.models import User
from django.core.management import call_command
from django.http import HttpResponse
from django.template.loader import get_template
from django.urls import path
from django.utils.translation import override


def answer(request):
    call_command("migrate", verbosity=0)
    User.objects.create_user("someone")
    with override("de"):
        text = get_template("registration/password_reset_subject.txt").render({"site_name": "one"})
    return HttpResponse(f"{User.objects.count()} user, {text.strip()}, by {request.META['SERVER_SOFTWARE']}")


urlpatterns = [path("", answer)]
`,
  },
  answer: /^1 user, \S.* one\S* zurück\S*, by gunicorn/,
  shadows: ['django', 'sqlparse', 'gunicorn'],
};

test('Django and gunicorn, from real wheels', { skip: stackMissing }, async (t) => {
  await standsOnRealWheels(t, django);
});
