begin;

select 'booking.live_statuses()'::regprocedure;

rollback;
