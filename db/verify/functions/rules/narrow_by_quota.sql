begin;

select 'booking.narrow_by_quota(booking.narrowing, text, text, numeric)'::regprocedure;

rollback;
