begin;

select 'booking.describe_unchangeable(text, booking.reservations)'::regprocedure;

rollback;
