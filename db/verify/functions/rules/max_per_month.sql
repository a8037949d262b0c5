begin;

select 'booking.check_max_per_month(booking.assessment)'::regprocedure;
select 'booking.narrow_max_per_month(booking.narrowing)'::regprocedure;

rollback;
