begin;
set local role berth_owner;

create function booking.forget_words(tenant_id uuid, user_id uuid) returns void
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_before jsonb := booking.swap_settings('{"forgetting": "on"}'); -- the events of it do not say them once more
begin
  -- Resources first, as everywhere: a hold that has run out is expired on the way, and gives back its time.
  perform booking.lock_reservations(tenant_id, array(
    select r.id
      from booking.reservations r
     where r.tenant_id = forget_words.tenant_id and r.owner_id = forget_words.user_id));
  update booking.reservations r
     set title = '',
         notes = null,
         metadata = '{}',
         status_reason = null,
         status = case when r.expires_at <= booking.now() then 'expired' else r.status end
   where r.tenant_id = forget_words.tenant_id and r.owner_id = forget_words.user_id
     and (r.title <> '' or r.notes is not null or r.metadata <> '{}' or r.status_reason is not null);
  update booking.series s
     set title = ''
   where s.tenant_id = forget_words.tenant_id and s.owner_id = forget_words.user_id and s.title <> '';
  update booking.bundles b
     set title = ''
   where b.tenant_id = forget_words.tenant_id and b.owner_id = forget_words.user_id and b.title <> '';
  update booking.waitlist_entries w
     set title = '',
         status = case w.status when 'waiting' then 'left' else w.status end
   where w.tenant_id = forget_words.tenant_id and w.owner_id = forget_words.user_id and (w.title <> '' or w.status = 'waiting');
  perform booking.swap_settings(v_before);
end
$$;

comment on function booking.forget_words(uuid, uuid) is
  'Takes from all that a member has booked what they said of it: titles, notes, metadata and reasons. Their waits end.';

commit;
