begin;

select 'booking.lost_statuses()'::regprocedure;

rollback;
