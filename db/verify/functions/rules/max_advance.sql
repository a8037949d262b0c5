begin;

select 'booking.check_max_advance(booking.assessment)'::regprocedure;
select 'booking.narrow_max_advance(booking.narrowing)'::regprocedure;

rollback;
