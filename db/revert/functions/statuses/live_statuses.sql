begin;

drop function booking.live_statuses();

commit;
