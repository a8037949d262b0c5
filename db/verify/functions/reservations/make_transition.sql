begin;

select 'booking.make_transition(booking.request, text, booking.reservations, boolean, interval)'::regprocedure;

rollback;
