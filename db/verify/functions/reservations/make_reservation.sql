begin;

select 'booking.make_reservation(booking.request, booking.reservations, text, boolean, interval)'::regprocedure;

rollback;
