begin;
set local role berth_owner;

create function booking.list_blackouts_as_of(resource booking.resources, during tstzrange, at timestamptz) returns setof booking.blackouts
language sql stable
set search_path = pg_catalog, pg_temp
as $$
  with changed as (
    -- As the first change since then found it. A deletion tells of it as it was.
    select distinct on (e.subject ->> 'id') e.subject ->> 'id' as id, e.subject || e.previous as state
      from booking.events e
     where e.tenant_id = resource.tenant_id and e.resource_id = resource.id and e.occurred_at > at
       and (e.previous <> '{}' or e.type = 'blackout.lifted') and e.type like 'blackout.%'
     order by e.subject ->> 'id', e.seq
  ), states as (
    select c.state from changed c
    union all
    select to_jsonb(b)
      from booking.blackouts b
     where b.tenant_id = resource.tenant_id and b.resource_id = resource.id
       and b.id::text not in (select c.id from changed c)
  )
  select b.*
    from states s
   cross join lateral jsonb_populate_record(null::booking.blackouts, s.state) b
   where b.created_at <= at and b.lifted_at is null
     and tstzrange(b.starts_at, b.ends_at) && during
$$;

comment on function booking.list_blackouts_as_of(booking.resources, tstzrange, timestamptz) is
  'The blackouts that lay over some of this time at that instant, as they were then.';

commit;
