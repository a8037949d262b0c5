begin;
set local role berth_owner;

create function booking.verify_email(token text) returns boolean
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_id uuid := booking.enter_token(token);
  v_verification booking.email_verifications;
begin
  if v_id is null then
    return false;
  end if;
  update booking.email_verifications v
     set token_hashes = '{}'
   where v.tenant_id = pg_catalog.current_setting('booking.tenant_id')::uuid and v.id = v_id
     and v.created_at > booking.now() - interval '1 day'
     and booking.hash_token(token) = any (v.token_hashes)
  returning v.* into v_verification;
  if not found then
    return false;
  end if;
  update booking.members m
     set email_verified_at = booking.now()
   where m.tenant_id = v_verification.tenant_id and m.user_id = v_verification.user_id
     and m.email = v_verification.email and m.email_verified_at is null;
  return found;
end
$$;

comment on function booking.verify_email(text) is
  'Uses the token of a link that was mailed: the address is verified, if it still is the member''s. False where the '
  'token is none, was used, or is older than a day. For the gateway.';
grant execute on function booking.verify_email(text) to berth_gateway;

commit;
