# A Django site with the admin, for people, and a REST API of its users and groups, for programs.
import os, sys

os.environ["DJANGO_SETTINGS_MODULE"] = "site_of_test"
sys.modules["site_of_test"] = sys.modules[__name__]  # this file is the settings, the routes and the command
ROOT_URLCONF, SECRET_KEY, ALLOWED_HOSTS, USE_TZ, STATIC_URL = "site_of_test", "x" * 50, ["*"], True, "/static/"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "site.db"}}
INSTALLED_APPS = ["django.contrib." + x for x in ("admin", "auth", "contenttypes", "sessions", "messages")] + [
    "rest_framework", "rest_framework.authtoken"]
MIDDLEWARE = ["django.contrib.sessions.middleware.SessionMiddleware", "django.middleware.csrf.CsrfViewMiddleware",
              "django.contrib.auth.middleware.AuthenticationMiddleware", "django.contrib.messages.middleware.MessageMiddleware"]
CONTEXT = ["django.template.context_processors.request", "django.contrib.auth.context_processors.auth",
           "django.contrib.messages.context_processors.messages"]
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True, "OPTIONS": {"context_processors": CONTEXT}}]
REST_FRAMEWORK = {"DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.TokenAuthentication"],
                  "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
                  "DEFAULT_PAGINATION_CLASS": "rest_framework.pagination.PageNumberPagination", "PAGE_SIZE": 5}


def __getattr__(name):  # the routes need the models, which need the settings
    if name != "urlpatterns":
        raise AttributeError(name)
    from django.contrib import admin
    from django.contrib.auth.models import Group, User
    from django.urls import include, path
    from rest_framework import routers, serializers, viewsets
    from rest_framework.authtoken.views import obtain_auth_token
    router = routers.DefaultRouter()
    for model, fields in (User, ["id", "username", "email", "first_name", "date_joined", "groups"]), (Group, ["id", "name"]):
        kind = type(model.__name__, (serializers.ModelSerializer,), {"Meta": type("Meta", (), {"model": model, "fields": fields})})
        views = {"queryset": model.objects.order_by("id"), "serializer_class": kind}
        router.register(model.__name__.lower() + "s", type(model.__name__ + "Views", (viewsets.ModelViewSet,), views))
    return [path("admin/", admin.site.urls), path("api/token/", obtain_auth_token), path("api/", include(router.urls))]


if __name__ == "__main__":
    from django.core.management import execute_from_command_line
    for command in "migrate -v0", "createsuperuser --noinput --username ann --email ann@example.com", sys.argv[1]:
        execute_from_command_line([sys.argv[0], *command.split()])
