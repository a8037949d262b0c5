begin;

drop function booking.follow_events(bigint, uuid[], uuid[], integer);

commit;
