begin;

drop function booking.use_statuses();

commit;
