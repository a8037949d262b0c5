begin;

drop function booking.prune_events(integer);

commit;
