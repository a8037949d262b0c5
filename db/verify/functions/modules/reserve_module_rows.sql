begin;

select 'booking.reserve_module_rows(regclass, boolean)'::regprocedure;

rollback;
