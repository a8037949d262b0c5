"""The schema ``api`` as the database's own catalogue tells it: what typed clients and descriptions are made of."""

from typing import Any, NamedTuple

import psycopg
from psycopg.rows import class_row


class Type(NamedTuple):
    """A type of PostgreSQL; ``array`` of it, if so."""

    schema: str
    name: str
    kind: str
    """pg_type.typtype: b, c, d, e, p or r."""
    is_array: bool


class Column(NamedTuple):
    """A column of a view, or a field of a composite type."""

    name: str
    type: Type
    is_nullable: bool
    has_default: bool
    comment: str | None


class Reference(NamedTuple):
    """A foreign key, from view to view."""

    name: str
    columns: list[str]
    view: str
    view_columns: list[str]
    is_one_to_one: bool


class View(NamedTuple):
    """A view, or a composite type, which has columns too."""

    name: str
    comment: str | None
    columns: list[Column]
    references: list[Reference]
    is_writable: bool


class Argument(NamedTuple):
    """An argument of a function, or a column of its answer; ``default`` is as JSON has it."""

    name: str
    type: Type
    is_optional: bool
    default: Any = None


class Function(NamedTuple):
    """A function of the API."""

    name: str
    comment: str
    is_stable: bool
    arguments: list[Argument]
    returns: Type
    returns_set: bool
    columns: list[Argument]
    """Of a function that returns a table."""


class Enum(NamedTuple):
    """An enum and its values."""

    name: str
    values: list[str]


class Catalogue(NamedTuple):
    """All that a client may use, by name."""

    views: dict[str, View]
    functions: dict[str, Function]
    enums: dict[str, Enum]
    composites: dict[str, View]


def read_catalogue(connection: psycopg.Connection[Any]) -> Catalogue:
    """The API of this database."""
    columns: dict[str, list[Column]] = {}
    for row in connection.execute(_COLUMNS):
        relation, name, *type_, is_nullable, has_default, comment = row
        columns.setdefault(relation, []).append(Column(name, Type(*type_), is_nullable, has_default, comment))
    references: dict[str, list[Reference]] = {}
    for row in connection.execute(_REFERENCES):
        references.setdefault(row[0], []).append(Reference(*row[1:]))
    relations = [
        (relkind, View(name, comment, columns[name], references.get(name, []), is_writable))
        for relkind, name, comment, is_writable in connection.execute(_RELATIONS)
    ]
    arguments: dict[tuple[str, bool], list[Argument]] = {}
    for function, is_result, name, *type_, expression in connection.execute(_ARGUMENTS):
        # Ours are constants. The catalogue has written them down itself.
        default = connection.execute(f"select to_jsonb({expression})").fetchone() if expression else None
        argument = Argument(name, Type(*type_), bool(expression), default and default[0])
        arguments.setdefault((function, is_result), []).append(argument)
    functions = {
        name: Function(
            name,
            comment,
            is_stable,
            arguments.get((name, False), []),
            Type(*type_),
            returns_set,
            arguments.get((name, True), []),
        )
        for name, comment, is_stable, *type_, returns_set in connection.execute(_FUNCTIONS)
    }
    with connection.cursor(row_factory=class_row(Enum)) as cursor:
        enums = {enum.name: enum for enum in cursor.execute(_ENUMS)}
    return Catalogue(
        views={view.name: view for relkind, view in relations if relkind == "v"},
        functions=functions,
        enums=enums,
        composites={view.name: view for relkind, view in relations if relkind == "c"},
    )


# A type in four columns; of an array, that of its elements.
_TYPE = """
  (coalesce(element_schema.nspname, type_schema.nspname)), coalesce(element.typname, type.typname),
  coalesce(element.typtype, type.typtype), element.oid is not null"""

_JOIN_TYPE = """
  join pg_type type on type.oid = {type}
  join pg_namespace type_schema on type_schema.oid = type.typnamespace
  left join pg_type element on element.oid = type.typelem and type.typcategory = 'A'
  left join pg_namespace element_schema on element_schema.oid = element.typnamespace"""

# Composite types that functions of the API return; they live in the private schema.
_RELATIONS = """
select c.relkind, c.relname, obj_description(c.oid, 'pg_class'),
       c.relkind = 'v' and has_table_privilege('authenticated', c.oid, 'insert')
         and not exists (select from pg_trigger t where t.tgrelid = c.oid and t.tgfoid = 'booking.refuse_write'::regproc)
  from pg_class c
 where c.relkind = 'v' and c.relnamespace = 'api'::regnamespace
    or c.relkind = 'c' and c.reltype in (select p.prorettype from pg_proc p where p.pronamespace = 'api'::regnamespace)
 order by c.relname"""

# A view forgets what its tables know: which columns are never null, and what they are for. A column that a view of one
# table merely hands on, or that has the name of a column of the table of the view's name, is that column.
_COLUMNS = f"""
select c.relname, a.attname, {_TYPE},
       not coalesce(
         origin.attnotnull and cardinality(sources) = 1
           and pg_get_viewdef(c.oid) ~ ('(?n)^\\s*(SELECT )?(\\w+\\.)?' || a.attname || ',?$'),
         false),
       coalesce(origin.atthasdef, false) or a.attname = 'tenant_id', -- which is the token's
       col_description(origin.attrelid, origin.attnum)
  from pg_class c
  join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
  {_JOIN_TYPE.format(type="a.atttypid")}
  cross join lateral (
    select coalesce(array_agg(distinct d.refobjid), '{{}}')
      from pg_rewrite w
      join pg_depend d on d.classid = 'pg_rewrite'::regclass and d.objid = w.oid and d.refclassid = 'pg_class'::regclass
      join pg_class s on s.oid = d.refobjid and s.relkind in ('r', 'v') and s.oid <> c.oid
       and s.oid <> 'booking.event_positions'::regclass -- which only says which rows
     where w.ev_class = c.oid) as s (sources)
  left join pg_attribute origin on origin.attname = a.attname and origin.atttypid = a.atttypid and origin.attrelid =
    case when cardinality(sources) = 1 then sources[1] else to_regclass(format('booking.%I', c.relname)) end
 where c.relkind = 'v' and c.relnamespace = 'api'::regnamespace
    or c.relkind = 'c' and c.relnamespace = 'booking'::regnamespace
 order by c.relname, a.attnum"""  # noqa: S608

# PostgREST follows a foreign key between tables for the views that show its columns; here, those of the tables' names.
_REFERENCES = """
select source.relname, f.conname,
       array(select a.attname::text from unnest(f.conkey) with ordinality k (number, position)
               join pg_attribute a on a.attrelid = f.conrelid and a.attnum = k.number order by position),
       target.relname,
       array(select a.attname::text from unnest(f.confkey) with ordinality k (number, position)
               join pg_attribute a on a.attrelid = f.confrelid and a.attnum = k.number order by position),
       exists (select from pg_constraint u where u.conrelid = f.conrelid and u.contype in ('p', 'u') and u.conkey <@ f.conkey)
  from pg_constraint f
  join pg_class source on source.oid = f.conrelid
  join pg_class target on target.oid = f.confrelid
 where f.contype = 'f' and f.connamespace = 'booking'::regnamespace
   and to_regclass(format('api.%I', source.relname)) is not null
   and to_regclass(format('api.%I', target.relname)) is not null
   and not exists (
     select from unnest(f.conkey) k (number)
       join pg_attribute a on a.attrelid = f.conrelid and a.attnum = k.number
       left join pg_attribute v on v.attrelid = to_regclass(format('api.%I', source.relname)) and v.attname = a.attname
      where v.attname is null)
 order by source.relname, f.conname"""

_FUNCTIONS = f"""
select p.proname, coalesce(obj_description(p.oid, 'pg_proc'), ''),
       p.provolatile <> 'v' or p.proname = 'list_events', -- which puts the log in order where it can, and reads
       {_TYPE}, p.proretset
  from pg_proc p
  {_JOIN_TYPE.format(type="p.prorettype")}
 where p.pronamespace = 'api'::regnamespace
 order by p.proname"""  # noqa: S608

_ARGUMENTS = f"""
select p.proname, coalesce(mode = 't', false), name, {_TYPE}, pg_get_function_arg_default(p.oid, position::integer)
  from pg_proc p
  cross join unnest(coalesce(p.proallargtypes, p.proargtypes::oid[]), p.proargnames, p.proargmodes)
    with ordinality a (argument_type, name, mode, position)
  {_JOIN_TYPE.format(type="argument_type")}
 where p.pronamespace = 'api'::regnamespace
 order by p.proname, position"""  # noqa: S608

_ENUMS = """
select t.typname as name, array_agg(e.enumlabel::text order by e.enumsortorder) as values
  from pg_type t
  join pg_enum e on e.enumtypid = t.oid
 where t.typnamespace = 'booking'::regnamespace
   and exists (
     select from pg_attribute a join pg_class c on c.oid = a.attrelid
      where a.atttypid in (t.oid, t.typarray) and c.relkind = 'v' and c.relnamespace = 'api'::regnamespace)
 group by t.typname
 order by t.typname"""
