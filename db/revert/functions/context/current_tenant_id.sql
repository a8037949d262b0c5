begin;

drop function booking.current_tenant_id();

commit;
