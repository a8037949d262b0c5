begin;

select 'booking.check_module_columns(regclass, jsonb)'::regprocedure;

rollback;
