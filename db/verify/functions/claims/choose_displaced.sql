begin;

select 'booking.choose_displaced(booking.reservations, booking.resources)'::regprocedure;

rollback;
