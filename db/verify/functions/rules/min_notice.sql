begin;

select 'booking.check_min_notice(booking.assessment)'::regprocedure;
select 'booking.narrow_min_notice(booking.narrowing)'::regprocedure;

rollback;
