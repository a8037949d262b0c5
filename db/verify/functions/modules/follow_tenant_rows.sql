begin;

select 'booking.follow_tenant_rows(booking.modules, uuid, booking.module_row[], booking.module_row[])'::regprocedure;

rollback;
