begin;

select 'booking.check_min_gap(booking.assessment)'::regprocedure;

rollback;
