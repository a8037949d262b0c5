begin;

select 'booking.list_counted(booking.counted_reservations[], booking.resources, text, uuid)'::regprocedure;

rollback;
