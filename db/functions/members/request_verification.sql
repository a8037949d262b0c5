begin;
set local role berth_owner;

create function booking.request_verification(member booking.members, is_new boolean) returns void
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_most constant integer := 3;
begin
  if (select pg_catalog.count(*)
        from booking.email_verifications v
       where v.tenant_id = member.tenant_id and v.user_id = member.user_id
         and v.created_at > booking.now() - interval '1 day') < v_most then
    insert into booking.email_verifications (tenant_id, user_id, email)
    values (member.tenant_id, member.user_id, member.email);
  elsif is_new then
    perform booking.raise_error(429, 'too_many_requests',
      pg_catalog.format('Links to verify your e-mail address were asked for %s times within a day. Change it tomorrow.', v_most),
      pg_catalog.jsonb_build_object('limit', v_most));
  end if;
end
$$;

comment on function booking.request_verification(booking.members, boolean) is
  'Has a link mailed to the address of a member, who agrees to be mailed, so that they show that it is theirs; at '
  'most 3 in 24 hours. Beyond, nothing more is mailed, and a new address is refused: 429 too_many_requests. '
  'The caller holds the lock of the member.';

commit;
