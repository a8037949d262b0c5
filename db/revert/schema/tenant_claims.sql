begin;

drop view booking.tenant_claims;
drop policy view_filters on booking.claims;
revoke select on booking.claims from berth_reader;
revoke usage on schema booking from berth_reader;

commit;
