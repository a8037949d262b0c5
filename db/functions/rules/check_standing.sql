begin;
set local role berth_owner;

create function booking.check_standing(request booking.request, resource booking.resources, rules booking.booking_rules) returns void
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_suspension jsonb;
begin
  if request.role = 'member' and rules.max_no_shows is not null then
    v_suspension := booking.find_suspension(request.tenant_id, request.user_id, rules, resource.timezone);
    if v_suspension is not null then
      perform booking.refuse_violations(pg_catalog.jsonb_build_array(v_suspension));
    end if;
  end if;
end
$$;

comment on function booking.check_standing(booking.request, booking.resources, booking.booking_rules) is
  'Refuses a suspended member time that they do not firmly have yet: 422 suspended. Approvers and above, who act for '
  'others, are not asked.';

commit;
