begin;

select 'booking.check_min_duration(booking.assessment)'::regprocedure;
select 'booking.narrow_min_duration(booking.narrowing)'::regprocedure;

rollback;
