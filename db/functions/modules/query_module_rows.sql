begin;
set local role berth_owner;

create function booking.query_module_rows(columns jsonb, source text) returns text
language sql immutable
set search_path = pg_catalog, pg_temp
return pg_catalog.format(
  'select t.%I as tenant_id, t.%I::text as id, t.%I as resource_id, t.%I as starts_at, t.%I as ends_at, %s as title, %s as is_live from %s t',
  columns ->> 'tenant_id', columns ->> 'id', columns ->> 'resource_id', columns ->> 'starts_at', columns ->> 'ends_at',
  case when columns ? 'title' then pg_catalog.format('t.%I::text', columns ->> 'title') else 'null::text' end,
  pg_catalog.format('t.%I is not null', columns ->> 'resource_id')
    || case when columns ? 'status'
            then pg_catalog.format(' and coalesce(t.%I::text <> all (%L::text[]), true)', columns ->> 'status',
                                   array(select v from pg_catalog.jsonb_array_elements_text(columns -> 'cancelled_values') v))
            else '' end,
  source);

comment on function booking.query_module_rows(jsonb, text) is
  'The query that reads the rows of a module''s table, or of one shaped like it, as booking.module_row.';

commit;
