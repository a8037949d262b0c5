begin;

select 'booking.find_reservation(booking.request, uuid, integer)'::regprocedure;

rollback;
