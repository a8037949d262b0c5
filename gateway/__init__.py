"""Berth's thin gateway: what HTTP needs beside PostgREST."""

import zoneinfo
from typing import TYPE_CHECKING

from gateway.settings import Settings

if TYPE_CHECKING:
    from flask_openapi3 import OpenAPI

# Time zones come from the package tzdata alone, in every process: what the system has is of any age. See
# gateway.timezones.
zoneinfo.reset_tzpath(to=())
zoneinfo.ZoneInfo.clear_cache()


def create_app(settings: Settings | None = None) -> "OpenAPI":
    """The WSGI application, as told by ``settings`` or else by the environment."""
    # Here, since the command line imports this package too and has no use for them.
    from werkzeug.middleware.proxy_fix import ProxyFix

    from gateway import (
        errors,
        events,
        limits,
        logs,
        openapi,
        payments,
        probes,
        rest,
        stream,
        verification,
    )
    from gateway.attempts import Attempts
    from gateway.calendars import feeds
    from gateway.database import Database
    from gateway.edge import Edge
    from gateway.live_log import LiveLog

    settings = settings or Settings.from_environment()
    app = openapi.create_described_app(__name__)
    # Two slashes are not one: what is no path is refused rather than led elsewhere.
    app.url_map.merge_slashes = False
    callers = limits.Callers()
    upstream = rest.Upstream(settings, limits.Concurrency(settings, callers))
    database = Database(settings)
    live_log = app.extensions["live_log"] = LiveLog(database, settings)
    attempts = Attempts(database, enabled=bool(settings.database_url))
    logs.configure()
    errors.init_app(app)
    count = probes.init_app(app, upstream, database, live_log, attempts)
    rest.init_app(app)
    app.register_api(events.create_blueprint(upstream, live_log))
    app.register_api(stream.create_blueprint(upstream, live_log, callers, settings))
    app.register_api(payments.create_blueprint(upstream, database, settings, app.extensions["metrics"]))
    app.register_api(feeds.create_blueprint(database))
    app.register_api(verification.create_blueprint(database))
    pass_on = rest.create_passage(upstream, attempts)
    app.wsgi_app = Edge(app, pass_on, count, callers, settings)  # type: ignore[method-assign]
    if settings.trusted_proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=settings.trusted_proxies, x_proto=0)  # type: ignore[method-assign]
    return app
