begin;

select 'booking.tenants'::regclass;

rollback;
