begin;
set local role berth_owner;

create function api.revoke_calendar_feed(feed_id uuid) returns jsonb
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_request booking.request := booking.begin_request('revoke_calendar_feed', row(feed_id));
  v_response jsonb := pg_catalog.jsonb_build_object('id', feed_id);
begin
  if v_request.replay is not null then
    return v_request.replay;
  end if;
  delete from booking.calendar_feeds f
   where f.tenant_id = v_request.tenant_id and f.id = feed_id
     and (f.user_id = v_request.user_id or v_request.role >= 'admin');
  if not found then
    perform booking.raise_error(404, 'not_found', 'There is no such calendar feed of yours.', pg_catalog.jsonb_build_object('feed_id', feed_id));
  end if;
  return booking.remember_response(v_request, v_response);
end
$$;

comment on function api.revoke_calendar_feed(uuid) is
  'Ends a calendar feed: its address answers 404 from now on. Members end their own, admins any. 404 not_found.';
grant execute on function api.revoke_calendar_feed(uuid) to authenticated, service_role;

commit;
