begin;

drop trigger _100_check_timezone on booking.tenants;
drop function booking.check_tenant_timezone();

commit;
