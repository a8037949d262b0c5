begin;

drop function booking.follow_events(xid8, bigint, uuid[], uuid[], integer);

commit;
