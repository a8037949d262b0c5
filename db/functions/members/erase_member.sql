begin;
set local role berth_owner;

create function api.erase_member(user_id uuid) returns jsonb
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_request booking.request := booking.begin_request('erase_member', row(user_id));
  v_role booking.member_role;
  v_response jsonb := pg_catalog.jsonb_build_object('user_id', user_id, 'erased_at', booking.now());
begin
  if v_request.replay is not null then
    return v_request.replay;
  elsif user_id is distinct from v_request.user_id and v_request.role < 'admin' then
    perform booking.raise_error(403, 'forbidden', 'Admins erase others; you may erase yourself.');
  end if;
  -- All admins, so that two who leave at the same moment do not leave nobody.
  perform from booking.members m
    where m.tenant_id = v_request.tenant_id and (m.role = 'admin' or m.user_id = erase_member.user_id)
    order by m.user_id
      for update;
  select m.role into v_role
    from booking.members m
   where m.tenant_id = v_request.tenant_id and m.user_id = erase_member.user_id;
  if not found then
    perform booking.raise_error(404, 'not_found', 'There is no such member of this tenant.', pg_catalog.jsonb_build_object('user_id', user_id));
  elsif v_role = 'admin' and not exists (select from booking.members m
                                          where m.tenant_id = v_request.tenant_id and m.role = 'admin' and m.user_id <> erase_member.user_id) then
    perform booking.raise_error(403, 'forbidden', 'The last admin stays; make somebody else one first.');
  end if;

  perform booking.forget_words(v_request.tenant_id, user_id);
  delete from booking.idempotency_keys k where k.tenant_id = v_request.tenant_id and k.user_id = erase_member.user_id;
  -- Others have been answered with what was booked for this person. Their requests stay done.
  update booking.idempotency_keys k
     set response = null
   where k.tenant_id = v_request.tenant_id and k.owner_ids @> array[erase_member.user_id::text];
  delete from booking.synced_operations o where o.tenant_id = v_request.tenant_id and o.user_id = erase_member.user_id;
  -- Name, address and number go with the membership, and with it access, calendar feeds and mails.
  delete from booking.members m where m.tenant_id = v_request.tenant_id and m.user_id = erase_member.user_id;
  if user_id <> v_request.user_id then
    perform booking.remember_response(v_request, v_response);
  end if;
  return v_response;
end
$$;

comment on function api.erase_member(uuid) is
  'Forgets a person: name, email, phone, the titles, notes and metadata of what they booked, kept answers, calendar '
  'feeds, mails; and ends their access at once; what they wait for ends, and what they were offered goes to the next. '
  'What they booked stays, as booked by nobody one could name: cancel first what should not take place. Admins erase '
  'anybody, members themselves; the last admin stays (403 forbidden). 404 not_found. docs/privacy.md says what '
  'remains.';
grant execute on function api.erase_member(uuid) to authenticated, service_role;

commit;
