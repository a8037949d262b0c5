begin;
set local role berth_owner;

create function booking.next_free_at(
  tenant_id uuid,
  resource_id uuid,
  during tstzrange,
  exclude_ids uuid[]
) returns timestamptz
language plpgsql stable
set search_path = ''
as $$
begin
  -- Two weeks ahead are looked at, with ranges rather than a grid of slots.
  return (
    with ahead (range) as (
      select tstzrange(lower(during), lower(during) + interval '14 days')
    ), taken (ranges) as (
      select coalesce(range_agg(c.during), '{}')
        from ahead
        join booking.claims c on c.during && ahead.range
       where c.tenant_id = next_free_at.tenant_id
         and c.resource_id = next_free_at.resource_id
         and c.source_id <> all (exclude_ids)
         and (c.expires_at is null or c.expires_at > booking.now())
    )
    select min(lower(gap))
      from ahead, taken, unnest(multirange(ahead.range) - taken.ranges) gap
     where upper(gap) - lower(gap) >= upper(during) - lower(during));
end
$$;

comment on function booking.next_free_at(uuid, uuid, tstzrange, uuid[]) is
  'When a range as long as this one is next wholly free on the resource, on or after its start; null if not within two weeks.';

commit;
