begin;

select 'booking.follow_events(xid8, bigint, uuid[], uuid[], integer)'::regprocedure;

rollback;
