begin;

select 'booking.check_max_duration(booking.assessment)'::regprocedure;
select 'booking.narrow_max_duration(booking.narrowing)'::regprocedure;

rollback;
