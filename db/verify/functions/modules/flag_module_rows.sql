begin;

select 'booking.flag_module_rows(booking.modules, uuid, text[], text)'::regprocedure;

rollback;
