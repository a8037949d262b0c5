begin;

select 'booking.check_max_no_shows(booking.assessment)'::regprocedure;
select 'booking.narrow_max_no_shows(booking.narrowing)'::regprocedure;

rollback;
