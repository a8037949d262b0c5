begin;
set local role berth_owner;

create function booking.find_candidates(
  member booking.members,
  kind text,
  tags text[],
  min_seats integer,
  resource_ids uuid[],
  units integer,
  duration interval,
  during tstzrange
) returns booking.search
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_search booking.search;
  v_sample record;
  v_terms booking.terms;
begin
  -- Resources of one kind and zone share their terms, but for those that have rules or hours of their own.
  v_search.candidates := array(
    with own as (
      select r.resource_id from booking.booking_rules r where r.tenant_id = member.tenant_id and r.resource_id is not null
      union
      select h.resource_id from booking.opening_hours h where h.tenant_id = member.tenant_id and h.resource_id is not null
      union
      select e.resource_id from booking.opening_exceptions e where e.tenant_id = member.tenant_id and e.resource_id is not null
    )
    select row(s.id, s.capacity, pg_catalog.dense_rank() over (order by s.kind, s.timezone, o.resource_id,
             -- Hardly ever: a search that reaches so far back. (Buffers are at most 30 days.)
             case when s.claims_kept_since > pg_catalog.lower(during) - interval '720:00' then s.claims_kept_since end))::booking.candidate
      from booking.resources s
      left join own o on o.resource_id = s.id
     where s.tenant_id = member.tenant_id and s.is_active and s.capacity >= units
       and (find_candidates.kind is null or s.kind = find_candidates.kind)
       and (find_candidates.tags is null or s.tags @> find_candidates.tags)
       and (min_seats is null or s.seats >= min_seats)
       and (resource_ids is null or s.id = any (resource_ids))
     order by s.seats nulls last, s.capacity, s.name, s.id);
  for v_sample in
    -- A day has 23 or 25 hours where clocks are set.
    select s as resource, k.terms, l.starts_there, l.elapses
      from (select distinct on (c.terms) c.resource_id, c.terms from pg_catalog.unnest(v_search.candidates) c) k
      join booking.resources s on s.tenant_id = member.tenant_id and s.id = k.resource_id
     cross join lateral booking.list_lengths(duration, s.timezone, during) l
     where pg_catalog.lower(during) + l.elapses <= pg_catalog.upper(during)
     order by k.terms, l.elapses
  loop
    v_terms := booking.find_terms(v_sample.resource, member, v_sample.terms, units, v_sample.elapses,
      pg_catalog.tstzrange(pg_catalog.lower(during), pg_catalog.upper(during) - v_sample.elapses, '[]'));
    v_terms.starts := v_terms.starts * v_sample.starts_there;
    if exists (select from booking.list_starts(v_terms.starts, v_terms.slot_step, v_terms.timezone, v_terms.duration, 1)) then
      v_search.terms := v_search.terms || v_terms;
    end if;
  end loop;
  v_search.candidates := array(
    select row(c.resource_id, c.capacity, c.terms)::booking.candidate
      from pg_catalog.unnest(v_search.candidates) with ordinality c (resource_id, capacity, terms, rank)
     where c.terms in (select t.number from pg_catalog.unnest(v_search.terms) t)
     order by c.rank);
  return v_search;
end
$$;

comment on function booking.find_candidates(
  booking.members, text, text[], integer, uuid[], integer, interval, tstzrange
) is
  'The resources that match, as far as this member may book any of them for so long within a range, best fit first: '
  'with the fewest seats, then the smallest, then by name.';

commit;
