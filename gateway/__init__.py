"""Berth's thin gateway: what HTTP needs beside PostgREST."""

from typing import TYPE_CHECKING

from gateway.settings import Settings

if TYPE_CHECKING:
    from flask import Flask


def create_app(settings: Settings | None = None) -> "Flask":
    """The WSGI application, as told by ``settings`` or else by the environment."""
    # Here, since the command line imports this package too and has no use for them.
    from flask import Flask
    from werkzeug.middleware.proxy_fix import ProxyFix

    from gateway import errors, events, feeds, logs, payments, probes, rest
    from gateway.attempts import Attempts
    from gateway.database import Database

    settings = settings or Settings.from_environment()
    app = Flask(__name__, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = settings.max_body_bytes
    if settings.trusted_proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=settings.trusted_proxies, x_proto=0)  # type: ignore[method-assign]
    upstream = rest.Upstream(settings)
    database = Database(settings)
    attempts = Attempts(database, enabled=bool(settings.database_url))
    logs.init_app(app)
    errors.init_app(app)
    probes.init_app(app, upstream, attempts)
    app.register_blueprint(rest.create_blueprint(upstream, attempts))
    app.register_blueprint(events.create_blueprint(upstream))
    app.register_blueprint(payments.create_blueprint(upstream, database, settings))
    app.register_blueprint(feeds.create_blueprint(database))
    return app
