begin;

drop function booking.lost_statuses();

commit;
