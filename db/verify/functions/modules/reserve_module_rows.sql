begin;

select 'booking.reserve_module_rows(regclass)'::regprocedure;

rollback;
