begin;

select 'booking.fell_through(booking.reservation_status)'::regprocedure;

rollback;
