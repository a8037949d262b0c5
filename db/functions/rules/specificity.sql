begin;
set local role berth_owner;

create function booking.specificity(kind text, resource_id uuid) returns integer
language sql immutable parallel safe
set search_path = pg_catalog, pg_temp
return case when resource_id is not null then 2 when kind is not null then 1 else 0 end;

comment on function booking.specificity(text, uuid) is
  'How specific a row of rules, hours or exceptions is: 2 for a resource, 1 for a kind, 0 for the tenant. The highest '
  'that applies wins.';
grant execute on function booking.specificity(text, uuid) to authenticated, service_role;

commit;
