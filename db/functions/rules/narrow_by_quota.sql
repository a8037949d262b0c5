begin;
set local role berth_owner;

create function booking.narrow_by_quota(n booking.narrowing, rule text, period text, quota numeric) returns tstzmultirange
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_timezone text := (select t.timezone from booking.tenants t where t.id = (n.resource).tenant_id);
  v_is_hours boolean := rule = 'max_hours_per_week';
  v_kind text := case n.scopes ->> rule when 'kind' then (n.resource).kind end;
  v_resource_id uuid := case n.scopes ->> rule when 'resource' then (n.resource).id end;
  v_starts tstzmultirange := n.starts;
  v_from date := pg_catalog.date_trunc(period, pg_catalog.lower(v_starts) at time zone v_timezone)::date;
  v_begins timestamptz;
  v_ends timestamptz;
  v_use numeric;
  v_left numeric;
begin
  if (n.member).user_id is null then
    return v_starts;
  end if;
  loop
    v_begins := booking.local_midnight(v_from, v_timezone);
    -- Hours lie where it goes on, too; the others count where it begins. Unknown when nothing is left.
    exit when (v_begins < pg_catalog.upper(v_starts) + case when v_is_hours then n.duration else interval '1 microsecond' end) is not true;
    v_from := (v_from + ('1 ' || period)::interval)::date;
    v_ends := booking.local_midnight(v_from, v_timezone);
    continue when not v_starts && pg_catalog.tstzrange(v_begins - n.duration, v_ends);
    v_use := booking.quota_use((n.resource).tenant_id, (n.member).user_id, rule, v_kind, v_resource_id, v_begins, v_ends, n.exclude_ids);
    if v_is_hours then
      -- Too many of them for the week, unless it reaches into it just so far.
      v_left := greatest(pg_catalog.trunc(quota * 3600 - v_use, 6), 0);
      if v_left < pg_catalog.extract('epoch', least(n.duration, v_ends - v_begins)) then
        v_starts := v_starts - pg_catalog.tstzmultirange(pg_catalog.tstzrange(
          v_begins + pg_catalog.make_interval(secs => v_left::double precision) - n.duration,
          v_ends - pg_catalog.make_interval(secs => v_left::double precision), '()'));
      end if;
    elsif v_use + 1 > quota then
      v_starts := v_starts - pg_catalog.tstzmultirange(pg_catalog.tstzrange(v_begins - interval '1 microsecond', v_ends, '()'));
    end if;
  end loop;
  return v_starts;
end
$$;

comment on function booking.narrow_by_quota(booking.narrowing, text, text, numeric) is
  'The starts at which a rule that counts what the member has in each period still has room: where check_quota() is '
  'content.';

commit;
