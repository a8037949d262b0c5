begin;

select 'booking.review_reservation(booking.reservations)'::regprocedure;

rollback;
