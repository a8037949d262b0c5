begin;

select 'booking.refuse_slot(booking.resources, booking.reservations, uuid[])'::regprocedure;

rollback;
