begin;

select 'booking.check_max_per_day(booking.assessment)'::regprocedure;
select 'booking.narrow_max_per_day(booking.narrowing)'::regprocedure;

rollback;
