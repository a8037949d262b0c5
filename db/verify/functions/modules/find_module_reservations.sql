begin;

select 'booking.find_module_reservations(booking.modules, uuid, text[])'::regprocedure;

rollback;
