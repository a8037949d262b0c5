"""``berth tenant`` and ``berth member``: who is there, and who is no longer."""

import json
import uuid

from tests.conftest import Stack, Tenant, run_berth


def test_tenants_are_listed(environment: dict[str, str], tenant: Tenant) -> None:
    tenant.person("admin")
    tenant.resource()
    tenant.connection.execute("update booking.tenants set name = %s where id = %s", ("Acme\u202egnp", tenant.id))
    lines = run_berth(environment, "tenant", "list").stdout.splitlines()
    assert lines[0].split() == ["slug", "id", "name", "timezone", "members", "resources"]
    (line,) = [line for line in lines if line.startswith(tenant.slug)]
    assert line.split() == [tenant.slug, str(tenant.id), "Acme\\u202egnp", "Europe/Berlin", "1", "1"]
    found = json.loads(run_berth(environment, "tenant", "list", "--json").stdout)
    assert {
        "slug": tenant.slug, "id": str(tenant.id), "name": "Acme\u202egnp", "timezone": "Europe/Berlin",
        "members": 1, "resources": 1,
    } in found  # fmt: skip


def test_members_are_listed_and_removed(environment: dict[str, str], stack: Stack, tenant: Tenant) -> None:
    admin, member = tenant.person("admin"), tenant.person("member")
    tenant.connection.execute(
        "update booking.members set email = 'ada@example.org', email_verified_at = now() where user_id = %s",
        (admin.user_id,),
    )
    command = ("member", "list", "--tenant", tenant.slug)
    lines = run_berth(environment, *command).stdout.splitlines()
    assert [line.split() for line in lines] == [
        ["user", "role", "name", "email", "verified"],
        [str(admin.user_id), "admin", "Admin", "ada@example.org", "yes"],
        [str(member.user_id), "member", "Member", "no"],
    ]
    found = json.loads(run_berth(environment, *command, "--json").stdout)
    assert [(one["user"], one["verified"]) for one in found] == [
        (str(admin.user_id), True),
        (str(member.user_id), False),
    ]

    assert stack.rpc(member, "my_profile")[0] == 200
    remove = ("member", "remove", "--tenant", tenant.slug, "--user")
    done = run_berth(environment, *remove, "member")
    assert (done.exit_code, done.stdout, done.stderr) == (
        0, f"{member.user_id} is no member of {tenant.slug} any more\n", "",
    )  # fmt: skip
    assert stack.rpc(member, "my_profile")[0] == 403
    done = run_berth(environment, *remove, str(admin.user_id))
    assert (done.exit_code, done.stderr) == (0, f"{tenant.slug} has no admin now; add one with 'berth member add'\n")


def test_nobody_else_is_removed(environment: dict[str, str], tenant: Tenant) -> None:
    tenant.person("member")
    tenant.another("member")
    for user, told in (("member", "2 members of that tenant are called member"), (str(uuid.uuid4()), "no members of")):
        done = run_berth(environment, "member", "remove", "--tenant", tenant.slug, "--user", user)
        assert done.exit_code == 2
        assert told in done.stderr
    assert len(run_berth(environment, "member", "list", "--tenant", tenant.slug).stdout.splitlines()) == 3
    done = run_berth(environment, "member", "list", "--tenant", "nobody")
    assert (done.exit_code, done.stderr) == (
        2, "berth: there is no tenant nobody; make it with 'berth tenant create nobody'\n",
    )  # fmt: skip
