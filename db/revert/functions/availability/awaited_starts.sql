begin;

drop function booking.awaited_starts(uuid, uuid, interval, interval, interval);

commit;
