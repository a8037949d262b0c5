"""The command ``berth``."""

import sys
from importlib import import_module
from typing import NamedTuple

import click


class Entry(NamedTuple):
    """A command that is imported when it is asked for: most take longer to import than to do their work."""

    place: str
    """Its module here, and its name there."""
    help: str


COMMANDS = {
    "bench": Entry("bench:bench", "Measure Berth side by side with a bare exclusion constraint."),
    "deploy": Entry("deploy:deploy", "Check the secrets, migrate, and give the logins their passwords."),
    "diagram": Entry(
        "diagram:diagram",
        "Print docs/states.md, the state machine, or docs/paths.md.",
    ),
    "doctor": Entry("doctor:doctor", "Ask the database whether all that Berth promises holds."),
    "down": Entry("instance:down", "Stop the running instance, losing nothing."),
    "export": Entry("export:export_calendar", "Write what takes place, or may, to an .ics file."),
    "import": Entry("bookings:import_bookings", "Import bookings, blackouts or resources from .csv or .ics."),
    "maintain": Entry("maintain:maintain", "Forget at once what the worker forgets little by little."),
    "member": Entry("tenants:member", "Manage the members of a tenant."),
    "migrate": Entry("database:migrate", "Run the plan of db/sqitch.plan: up, down, or say how far it is."),
    "openapi": Entry("openapi:openapi", "Print the whole API as an OpenAPI 3.1 document."),
    "report": Entry("report:report", "Tell how resources were used, and when it was busy."),
    "secret": Entry("secret:secret", "Rotate the JWT secret."),
    "serve": Entry("serve:serve", "Run the gateway under gunicorn."),
    "status": Entry("instance:status", "Say where the running instance is; exit 0 when it is ready."),
    "tenant": Entry("tenants:tenant", "Manage tenants."),
    "token": Entry("tenants:token", "Print a JWT for a member."),
    "types": Entry("types:types", "Print the TypeScript definition of the API."),
    "up": Entry("up:up", "Run everything in the foreground until Ctrl-C."),
    "worker": Entry("worker:worker", "Do what nobody asks for: what time alone changes, webhooks, mails."),
}


class Berth(click.Group):
    """Answers what the user can mend in one line, with exit code 2, and no traceback."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name].place.partition(":")
        command = getattr(import_module(f"gateway.cli.{module}"), name)
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.help) for name, entry in COMMANDS.items()])

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Exception as error:
            from gateway.cli.faults import explain
            from gateway.cli.output import say_text

            told = explain(error)
            if told is None:
                raise
            say_text(f"berth: {told}", err=True)
        sys.exit(2)


@click.group(cls=Berth, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="berth")
def main() -> None:
    """Reservations that cannot overlap."""
