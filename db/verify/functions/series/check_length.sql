begin;

select 'booking.check_length(booking.series)'::regprocedure;

rollback;
