begin;

select 'booking.is_as_far(text, booking.reservation_status)'::regprocedure;

rollback;
