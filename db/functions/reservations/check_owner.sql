begin;
set local role berth_owner;

create function booking.check_owner(request booking.request, owner_id uuid) returns uuid
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
  if owner_id is null then
    return request.user_id;
  elsif request.role < 'manager' then
    perform booking.raise_error(403, 'forbidden', 'Only managers book for others. Leave the owner out.');
  elsif not exists (select from booking.members m
                     where m.tenant_id = request.tenant_id and m.user_id = check_owner.owner_id) then
    perform booking.raise_error(404, 'not_found', 'The owner is no member of this tenant.',
      pg_catalog.jsonb_build_object('owner_id', owner_id));
  end if;
  return owner_id;
end
$$;

comment on function booking.check_owner(booking.request, uuid) is
  'Whose a reservation is: the caller''s where null; managers may book for other members. 403 forbidden; 404 '
  'not_found.';

commit;
