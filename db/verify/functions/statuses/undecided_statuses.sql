begin;

select 'booking.undecided_statuses()'::regprocedure;

rollback;
