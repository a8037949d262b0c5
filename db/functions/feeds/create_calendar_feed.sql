begin;
set local role berth_owner;

create function api.create_calendar_feed(resource_id uuid default null) returns jsonb
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_limit constant bigint := 20;
  v_use bigint;
  v_request booking.request := booking.begin_request('create_calendar_feed', row(resource_id));
  v_id uuid := coalesce((v_request.replay ->> 'id')::uuid, pg_catalog.gen_random_uuid());
  v_token text := booking.make_token(v_request.tenant_id, v_id);
  v_hash bytea := booking.hash_token(v_token);
begin
  if v_request.replay is not null then
    update booking.calendar_feeds f
       set token_hashes = (f.token_hashes || v_hash)[greatest(pg_catalog.cardinality(f.token_hashes) - 8, 1) :]
     where f.tenant_id = v_request.tenant_id and f.id = v_id;
  else
    perform pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended('feeds' || v_request.tenant_id || v_request.user_id, 0));
    v_use := (select pg_catalog.count(*) from booking.calendar_feeds f where f.tenant_id = v_request.tenant_id and f.user_id = v_request.user_id);
    if v_use >= v_limit then
      perform booking.refuse_violations(pg_catalog.jsonb_build_array(pg_catalog.jsonb_build_object(
        'code', 'quota_exceeded', 'limit', v_limit, 'use', v_use,
        'hint', pg_catalog.format('At most %s calendar feeds are possible at once. Revoke one of them first.', v_limit))));
    end if;
    if resource_id is not null then
      perform booking.find_resource(v_request.tenant_id, resource_id);
    end if;
    insert into booking.calendar_feeds (tenant_id, id, user_id, resource_id, token_hashes)
    values (v_request.tenant_id, v_id, v_request.user_id, create_calendar_feed.resource_id, array[v_hash]);
    perform booking.remember_response(v_request, pg_catalog.jsonb_build_object('id', v_id));
  end if;
  return pg_catalog.jsonb_build_object(
    'id', v_id, 'resource_id', resource_id, 'token', v_token,
    'url', coalesce(pg_catalog.current_setting('booking.gateway_url', true), '') || '/v1/calendars/' || v_token || '.ics');
end
$$;

comment on function api.create_calendar_feed(uuid) is
  'Makes a calendar feed (RFC 5545) of a resource, or of one''s own reservations: {"id", "resource_id", "token", '
  '"url"}. It shows what its maker may see at the time of reading. '
  'The token is told only here; a repeat with the same Idempotency-Key names the same feed and gives another token to '
  'it, so that a lost answer loses nothing; the latest ten tokens of a feed read it. '
  'url is absolute where the database has the setting booking.gateway_url. A member has at most 20 feeds: 422 '
  'quota_exceeded. 404 not_found.';
grant execute on function api.create_calendar_feed(uuid) to authenticated, service_role;

commit;
