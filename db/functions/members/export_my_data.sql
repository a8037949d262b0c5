begin;
set local role berth_owner;

create function api.export_my_data() returns jsonb
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_member booking.members := booking.enter_tenant();
begin
  return pg_catalog.jsonb_build_object(
    'exported_at', booking.now(),
    'tenant', (select pg_catalog.jsonb_build_object('id', t.id, 'name', t.name) from booking.tenants t where t.id = v_member.tenant_id),
    'profile', booking.show_profile(v_member),
    'reservations', (select coalesce(pg_catalog.jsonb_agg(pg_catalog.to_jsonb(r) order by r.starts_at), '[]')
                       from booking.reservations r where r.tenant_id = v_member.tenant_id and r.owner_id = v_member.user_id),
    'series', (select coalesce(pg_catalog.jsonb_agg(pg_catalog.to_jsonb(s) order by s.created_at), '[]')
                 from booking.series s where s.tenant_id = v_member.tenant_id and s.owner_id = v_member.user_id),
    'bundles', (select coalesce(pg_catalog.jsonb_agg(pg_catalog.to_jsonb(b) order by b.created_at), '[]')
                  from booking.bundles b where b.tenant_id = v_member.tenant_id and b.owner_id = v_member.user_id),
    'waitlist_entries', (select coalesce(pg_catalog.jsonb_agg(pg_catalog.to_jsonb(w) - 'turn' order by w.turn), '[]')
                           from booking.waitlist_entries w where w.tenant_id = v_member.tenant_id and w.owner_id = v_member.user_id),
    'blackouts', (select coalesce(pg_catalog.jsonb_agg(pg_catalog.to_jsonb(b) order by b.created_at), '[]')
                    from booking.blackouts b where b.tenant_id = v_member.tenant_id and b.created_by = v_member.user_id),
    'webhook_endpoints', (select coalesce(pg_catalog.jsonb_agg(pg_catalog.to_jsonb(w) - 'after_seq' order by w.created_at), '[]')
                            from booking.webhook_endpoints w where w.tenant_id = v_member.tenant_id and w.created_by = v_member.user_id),
    'payments', (select coalesce(pg_catalog.jsonb_agg(pg_catalog.to_jsonb(p) order by p.created_at), '[]')
                   from booking.payments p where p.tenant_id = v_member.tenant_id and p.owner_id = v_member.user_id),
    'calendar_feeds', (select coalesce(pg_catalog.jsonb_agg(pg_catalog.to_jsonb(f) - 'token_hashes' order by f.created_at), '[]')
                         from booking.calendar_feeds f where f.tenant_id = v_member.tenant_id and f.user_id = v_member.user_id),
    -- What they were shown of others' is not about them.
    'idempotency_keys', (select coalesce(pg_catalog.jsonb_agg(
                                  pg_catalog.to_jsonb(k) - '{hash,owner_ids}'::text[]
                                    || case when k.owner_ids is null then '{}' else '{"response": null}' end::jsonb
                                  order by k.created_at), '[]')
                           from booking.idempotency_keys k where k.tenant_id = v_member.tenant_id and k.user_id = v_member.user_id),
    'synced_operations', (select coalesce(pg_catalog.jsonb_agg(pg_catalog.to_jsonb(o) - 'hash' order by o.created_at), '[]')
                            from booking.synced_operations o where o.tenant_id = v_member.tenant_id and o.user_id = v_member.user_id),
    'email_verifications', (select coalesce(pg_catalog.jsonb_agg(pg_catalog.to_jsonb(v) - 'token_hashes' order by v.created_at), '[]')
                              from booking.email_verifications v where v.tenant_id = v_member.tenant_id and v.user_id = v_member.user_id),
    'mails', (select coalesce(pg_catalog.jsonb_agg(pg_catalog.to_jsonb(m) - 'turn' order by m.created_at), '[]')
                from booking.mails m where m.tenant_id = v_member.tenant_id and m.user_id = v_member.user_id),
    -- What they did to others' things is theirs as far as that they did it.
    'events', (select coalesce(pg_catalog.jsonb_agg(
                        pg_catalog.jsonb_build_object('id', e.id, 'type', e.type, 'occurred_at', e.occurred_at, 'actor_id', e.actor_id)
                          || case when e.owner_id = v_member.user_id then pg_catalog.jsonb_build_object('data', booking.event_data(e))
                                  else pg_catalog.jsonb_build_object('reason', e.reason) end
                        order by e.seq), '[]')
                 from booking.events e
                where e.tenant_id = v_member.tenant_id and (e.owner_id = v_member.user_id or e.actor_id = v_member.user_id)));
end
$$;

comment on function api.export_my_data() is
  'All that is stored of the caller, as one JSON object: profile, reservations with their notes, and a list for each '
  'other table in which they occur. docs/privacy.md names them.';
grant execute on function api.export_my_data() to authenticated, service_role;

commit;
