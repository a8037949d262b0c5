begin;

select 'booking.change_status(uuid, uuid[], booking.reservation_status, text, uuid)'::regprocedure;

rollback;
