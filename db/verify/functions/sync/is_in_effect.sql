begin;

select 'booking.is_in_effect(booking.request, text, booking.reservations)'::regprocedure;

rollback;
