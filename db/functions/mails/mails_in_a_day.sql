begin;
set local role berth_owner;

create function booking.mails_in_a_day(tenant_id uuid, user_id uuid) returns table (mailed bigint, per_day integer)
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return query
  select (select pg_catalog.count(*)
            from booking.mails m
           where m.tenant_id = t.id and m.user_id = mails_in_a_day.user_id
             and m.created_at > booking.now() - interval '1 day' and m.status <> 'skipped'),
         t.mails_per_day
    from booking.tenants t
   where t.id = mails_in_a_day.tenant_id;
end
$$;

comment on function booking.mails_in_a_day(uuid, uuid) is
  'How many mails a member has got within 24 hours, and how many they may. For a role that sees every tenant.';

commit;
