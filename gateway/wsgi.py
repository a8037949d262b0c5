"""The entry for gunicorn: ``gunicorn -c python:gateway.gunicorn_config gateway.wsgi:app``, without ``--preload``.

gunicorn's gevent worker patches the standard library before it loads this module, so that a request which waits
for PostgREST, or pauses between two attempts, holds up no other.
"""

from gateway import create_app

app = create_app()
