begin;
set local role berth_owner;

create function booking.begin_assessment(request booking.request, resource_id uuid) returns booking.assessment
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
  a booking.assessment;
begin
  a.request := request;
  a.asked_at := booking.now();
  a.exclude_ids := '{}';
  select s, r.rules, r.scopes, r.is_ruled, r.has_hours, r.has_quotas
    into a.resource, a.rules, a.scopes, a.is_ruled, a.has_hours, a.has_quotas
    from booking.resources s
    join booking.resolved_rules r on r.tenant_id = s.tenant_id and r.resource_id = s.id
   where s.tenant_id = request.tenant_id and s.id = begin_assessment.resource_id;
  if not found then
    perform booking.find_resource(request.tenant_id, resource_id);
  end if;
  return a;
end
$$;

comment on function booking.begin_assessment(booking.request, uuid) is
  'What a request on a resource is judged by: the resource and its rules, read in one go. 404 not_found.';

commit;
