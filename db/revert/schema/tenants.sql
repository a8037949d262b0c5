begin;

drop table booking.tenants;

commit;
