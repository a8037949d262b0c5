begin;
set local role berth_owner;

insert into booking.rule_definitions (rule, ordinal, refuses, is_counted)
values ('max_concurrent', 85, 'too_many_at_once', true);

create function booking.list_crowds(
  resource booking.resources,
  scope text,
  owner_id uuid,
  during tstzrange,
  quota integer,
  exclude_ids uuid[]
) returns tstzmultirange
language plpgsql stable
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan -- planning would take longer than the work
as $$
begin
  return (
    with mine as (
      select r.starts_at, r.ends_at
        from booking.counted_reservations r
       where r.tenant_id = resource.tenant_id and r.owner_id = list_crowds.owner_id
         -- What lasts longer than a day has an index of its own.
         and ((r.starts_at >= lower(during) - interval '24:00' and r.starts_at < upper(during))
              or (r.ends_at - r.starts_at > interval '24:00' and r.starts_at < lower(during)))
         and r.ends_at > lower(during)
         and r.id <> all (exclude_ids)
         and case scope
               when 'resource' then r.resource_id = resource.id
               when 'kind' then r.resource_id in (select s.id from booking.resources s where s.tenant_id = r.tenant_id and s.kind = resource.kind)
               else true end
    ), steps as (
      select e.at, sum(sum(e.change)) over (order by e.at) as used, lead(e.at) over (order by e.at) as until
        from mine m
       cross join lateral (values (m.starts_at, 1), (m.ends_at, -1)) e (at, change)
       group by e.at
    )
    select coalesce(range_agg(tstzrange(s.at, s.until)), '{}')
      from steps s
     where s.used >= quota);
end
$$;

comment on function booking.list_crowds(booking.resources, text, uuid, tstzrange, integer, uuid[]) is
  'When, near a range, a member has so many bookings at the same moment, or more, on what the rule''s row is for.';

create function booking.check_max_concurrent(a booking.assessment) returns jsonb
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_during tstzrange := pg_catalog.tstzrange((a.wanted).starts_at, (a.wanted).ends_at);
  v_crowds tstzmultirange := booking.list_crowds(
    a.resource, a.scopes ->> 'max_concurrent', (a.wanted).owner_id, v_during, (a.rules).max_concurrent, a.exclude_ids)
    * pg_catalog.tstzmultirange(v_during);
begin
  if not pg_catalog.isempty(v_crowds) and a.replaced <> '{}' then
    v_crowds := v_crowds * booking.list_crowded_more(a);
  end if;
  if pg_catalog.isempty(v_crowds) then
    return null;
  end if;
  return pg_catalog.jsonb_build_object(
    'code', 'too_many_at_once', 'rule', 'max_concurrent', 'limit', (a.rules).max_concurrent,
    'starts_at', pg_catalog.lower(v_crowds), 'ends_at', pg_catalog.upper(v_crowds),
    'hint', pg_catalog.format('At most %s bookings at the same time are possible. Choose another time, or cancel the one at %s.',
      (a.rules).max_concurrent, booking.local_time_text(pg_catalog.lower(v_crowds), (a.resource).timezone, (a.wanted).starts_at)));
end
$$;

comment on function booking.check_max_concurrent(booking.assessment) is
  'What the rule max_concurrent (bookings of one person at the same moment) has against it: {"code": '
  '"too_many_at_once", …}, or null.';

create function booking.narrow_max_concurrent(n booking.narrowing) returns tstzmultirange
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
  if (n.member).user_id is null or pg_catalog.isempty(n.starts) then
    return n.starts;
  end if;
  return n.starts - coalesce((
    select pg_catalog.range_agg(pg_catalog.tstzrange(pg_catalog.lower(c) - n.duration, pg_catalog.upper(c), '()'))
      from pg_catalog.unnest(booking.list_crowds(
             n.resource, n.scopes ->> 'max_concurrent', (n.member).user_id,
             pg_catalog.tstzrange(pg_catalog.lower(n.starts), pg_catalog.upper(n.starts) + n.duration), (n.rules).max_concurrent,
             n.exclude_ids)) c), '{}');
end
$$;

comment on function booking.narrow_max_concurrent(booking.narrowing) is
  'The starts at which the member has fewer bookings at the same moment than the rule max_concurrent allows.';

commit;
