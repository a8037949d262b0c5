begin;

select 'booking.follow_events(bigint, uuid[], uuid[], integer)'::regprocedure;

rollback;
