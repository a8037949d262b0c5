begin;

select 'booking.narrow_by_length(booking.narrowing, interval, boolean)'::regprocedure;

rollback;
