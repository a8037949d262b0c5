begin;

select 'booking.describe_refusal(booking.reservations, text, text, text, text)'::regprocedure;

rollback;
