begin;
set local role berth_owner;

create function booking.enqueue_mails(batch_size integer default 2000) returns bigint
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_events booking.events[];
  v_links bigint;
begin
  -- Registered by whoever mails, not by a migration: where nobody does, nothing waits.
  insert into booking.event_consumers (name) values ('mail') on conflict (name) do nothing;
  v_events := array(select e from booking.take_events('mail', batch_size) e);

  insert into booking.mails (tenant_id, id, user_id, kind, items, reason, created_at, status, error)
  select n.tenant_id, n.id, n.owner_id, n.kind, case when n.may_go then n.items else '[]' end, n.reason, booking.now(),
         case when n.may_go then 'pending' else 'skipped' end, case when not n.may_go then 'too_many_requests' end
    from (select g.*, c.per_day - c.mailed >= pg_catalog.row_number() over (partition by g.tenant_id, g.owner_id order by g.seq) as may_go
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
           cross join lateral booking.mails_in_a_day(g.tenant_id, g.owner_id) c) n
    join booking.members m
      on m.tenant_id = n.tenant_id and m.user_id = n.owner_id and m.email_consent_at is not null and m.email_verified_at is not null
   order by n.seq
     for key share of m;

  -- Links that were asked for while nobody mailed are of no use any more.
  with asked as materialized (
    select v.*
      from booking.email_verifications v
     where not v.is_mailed and v.created_at > booking.now() - interval '1 day'
     order by v.created_at
     limit batch_size
       for update skip locked
  ), mailed as (
    update booking.email_verifications v set is_mailed = true from asked a where v.tenant_id = a.tenant_id and v.id = a.id returning v.*
  ), written as (
    insert into booking.mails (tenant_id, id, user_id, kind, items, created_at, status, error)
    select n.tenant_id, n.id, n.user_id, 'verification', '[]', booking.now(),
           case when n.may_go then 'pending' else 'skipped' end, case when not n.may_go then 'too_many_requests' end
      from (select a.tenant_id, a.id, a.user_id, a.created_at,
                   c.mailed < c.per_day
                   -- Nor does one address get more than this, whoever gives it as theirs.
                   and (select pg_catalog.count(*)
                          from booking.email_verifications o
                         where o.tenant_id = a.tenant_id and pg_catalog.lower(o.email) = pg_catalog.lower(a.email)
                           and o.created_at > a.created_at - interval '1 day'
                           and (o.created_at, o.id) < (a.created_at, a.id)) < 3 as may_go
              from mailed a
             cross join lateral booking.mails_in_a_day(a.tenant_id, a.user_id) c) n
     order by n.created_at
    returning id
  )
  select pg_catalog.count(*) into v_links from written;
  return pg_catalog.cardinality(v_events) + v_links;
end
$$;

comment on function booking.enqueue_mails(integer) is
  'Takes the next events and writes the mails they are worth, to members who agree to be mailed at an address of '
  'theirs, in one transaction: each once. What one request did to a series or a bundle is one mail. '
  'So are the links that verify an address. What a member would get beyond their tenant''s mails_per_day, or an '
  'address beyond 3 links a day, is skipped. Returns how many events it took, and links it wrote. For a role that '
  'sees every tenant.';
grant execute on function booking.enqueue_mails(integer) to berth_worker;

commit;
