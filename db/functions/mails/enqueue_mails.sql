begin;
set local role berth_owner;

create function booking.enqueue_mails(batch_size integer default 2000) returns bigint
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_events booking.events[];
begin
  -- Registered by whoever mails, not by a migration: where nobody does, nothing waits.
  insert into booking.event_consumers (name) values ('mail') on conflict (name) do nothing;
  v_events := array(select e from booking.take_events('mail', batch_size) e);

  insert into booking.mails (tenant_id, id, user_id, kind, items, reason)
  select g.tenant_id, g.id, g.owner_id, g.kind, g.items, g.reason
    from (select e.tenant_id, e.owner_id, booking.mail_kind(e) as kind, pg_catalog.min(e.reason) as reason, pg_catalog.min(e.seq) as seq,
                 (pg_catalog.array_agg(e.id order by e.subject ->> 'starts_at', e.seq))[1] as id,
                 pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object('reservation', e.subject - '{metadata,notes}'::text[], 'previous', e.previous)
                                      order by e.subject ->> 'starts_at', e.seq) as items
            from pg_catalog.unnest(v_events) e
           where booking.mail_kind(e) is not null
             -- Nobody wants to hear late of what happened, or of what is over.
             and e.occurred_at > booking.now() - interval '1 day'
             and (e.subject ->> 'ends_at')::timestamptz > booking.now()
           -- What one request did to a series or a bundle is one mail; its events have its time.
           group by e.tenant_id, e.owner_id, booking.mail_kind(e), e.occurred_at,
                    coalesce(e.subject ->> 'series_id', e.subject ->> 'bundle_id', e.subject ->> 'id')) g
    join booking.members m on m.tenant_id = g.tenant_id and m.user_id = g.owner_id and m.email_consent_at is not null
   order by g.seq
     for key share of m;
  return pg_catalog.cardinality(v_events);
end
$$;

comment on function booking.enqueue_mails(integer) is
  'Takes the next events and writes the mails they are worth, to members who agree to be mailed, in one transaction: each once. What one request did to a series or a bundle is one mail. Returns how many events it took. For a role that sees every tenant.';

commit;
