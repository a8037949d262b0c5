begin;
set local role berth_owner;

create function booking.show_profile(member booking.members) returns jsonb
language sql immutable
set search_path = pg_catalog, pg_temp
return pg_catalog.to_jsonb(member) || pg_catalog.jsonb_build_object(
  'email_consent', member.email_consent_at is not null, 'email_verified', member.email_verified_at is not null);

comment on function booking.show_profile(booking.members) is
  'A member as they see themselves: their row, whether they agree to be mailed, and whether the address is known to '
  'be theirs.';

commit;
