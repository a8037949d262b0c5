begin;
set local role berth_owner;

create function api.update_my_profile(
  display_name text default null,
  email text default null,
  email_consent boolean default null,
  phone text default null
) returns jsonb
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_request booking.request := booking.begin_request(
    'update_my_profile', row(display_name, email, email_consent, phone));
  v_member booking.members;
  v_old booking.members;
  v_response jsonb;
begin
  if v_request.replay is not null then
    return v_request.replay;
  end if;
  perform booking.check_text('display_name', display_name, 200);
  perform booking.check_text('email', email, 254);
  perform booking.check_text('phone', phone, 50);
  select m.* into v_member
    from booking.members m
   where m.tenant_id = v_request.tenant_id and m.user_id = v_request.user_id
     for no key update;
  v_old := v_member;
  begin
    v_member.display_name := coalesce(update_my_profile.display_name, v_member.display_name);
    v_member.email := nullif(coalesce(update_my_profile.email, v_member.email), '');
    v_member.phone := nullif(coalesce(update_my_profile.phone, v_member.phone), '');
    if v_member.email is distinct from v_old.email then
      v_member.email_verified_at := null;
    end if;
    if email_consent and v_member.email is null then
      perform booking.raise_error(400, 'invalid_argument', 'Give an email too: there is none to agree to.', '{"argument": "email_consent"}');
    elsif not email_consent or v_member.email is null then
      v_member.email_consent_at := null;
    elsif email_consent then
      v_member.email_consent_at := coalesce(v_member.email_consent_at, booking.now());
    end if;
    update booking.members m
       set display_name = v_member.display_name,
           email = v_member.email,
           email_consent_at = v_member.email_consent_at,
           email_verified_at = v_member.email_verified_at,
           phone = v_member.phone
     where m.tenant_id = v_member.tenant_id and m.user_id = v_member.user_id
       and m is distinct from v_member;
  exception
    when check_violation or string_data_right_truncation then
      perform booking.raise_error(400, 'invalid_argument',
        'display_name is one line of at most 200 characters; email is one address like ada@example.org; phone has digits, spaces and + ( ) . / -, at most 50.');
  end;
  if v_member.email_consent_at is not null and v_member.email_verified_at is null
     and (email is not null or v_old.email_consent_at is null) then
    perform booking.request_verification(v_member, v_member.email is distinct from v_old.email);
  end if;
  v_response := booking.show_profile(v_member);
  return booking.remember_response(v_request, v_response);
end
$$;

comment on function api.update_my_profile(text, text, boolean, text) is
  'Changes what is stored of the caller, and answers my_profile(). What is null stays; an empty email or phone is '
  'forgotten, and the consent with the email. '
  'email_consent says whether they agree to be mailed, and from when is kept. With it, an address that is not '
  'verified is mailed a link, which works once and for a day; until it is used, nothing else is sent there. '
  'Say the address again for another link; 3 a day are mailed. 400 invalid_argument; 429 too_many_requests (a fourth '
  'new address in a day).';
grant execute on function api.update_my_profile(text, text, boolean, text) to authenticated, service_role;

commit;
