begin;
set local role berth_owner;

create function booking.changed_fields(previous jsonb, present jsonb) returns jsonb
language plpgsql stable parallel safe
set search_path = pg_catalog, pg_temp
as $$
begin
  return (
    select coalesce(pg_catalog.jsonb_object_agg(p.key, p.value), '{}')
      from pg_catalog.jsonb_each(previous) p
     where p.value is distinct from present -> p.key
       and p.key not in ('version', 'status_since', 'moved_at', 'updated_at')
       and (p.key in ('title', 'metadata', 'status_reason')
            and pg_catalog.current_setting('booking.forgetting', true) = 'on') is not true);
end
$$;

comment on function booking.changed_fields(jsonb, jsonb) is
  'What the fields that differ were before; version, status_since, moved_at and updated_at do as a matter of course '
  'and are left out, and so are words that are being forgotten.';

commit;
