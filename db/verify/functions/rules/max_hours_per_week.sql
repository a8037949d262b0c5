begin;

select 'booking.check_max_hours_per_week(booking.assessment)'::regprocedure;
select 'booking.narrow_max_hours_per_week(booking.narrowing)'::regprocedure;

rollback;
