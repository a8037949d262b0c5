begin;

drop function booking.claimed_tenant_id(jsonb);

commit;
