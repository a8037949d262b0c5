begin;

select 'booking.prune_events(integer)'::regprocedure;

rollback;
