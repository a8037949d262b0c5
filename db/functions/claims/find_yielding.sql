begin;
set local role berth_owner;

create function booking.find_yielding(
  resource booking.resources,
  during tstzrange,
  priority integer,
  exclude_ids uuid[]
) returns uuid[]
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
  if not (booking.find_rules(resource)).allow_preemption then
    return '{}';
  end if;
  return array(
    select c.source_id
      from booking.find_conflicts(resource.tenant_id, resource.id, during, exclude_ids) c
      join booking.reservations r on r.tenant_id = resource.tenant_id and r.id = c.source_id
     where c.expires_at is not null and r.priority < find_yielding.priority
       -- What a blackout has left to them falls to it when they go.
       and not exists (select from booking.blackouts b
                        where b.tenant_id = resource.tenant_id and b.resource_id = resource.id and b.lifted_at is null
                          and pg_catalog.tstzrange(b.starts_at, b.ends_at) && (c.taken * during))
     group by c.source_id, r.priority, r.created_at
     order by r.priority, r.created_at desc, c.source_id);
end
$$;

comment on function booking.find_yielding(booking.resources, tstzrange, integer, uuid[]) is
  'The held and pencilled reservations that yield to a request of this priority, where the rules allow preemption: '
  'those of strictly lower priority that are under no blackout, the lowest and latest first.';

commit;
