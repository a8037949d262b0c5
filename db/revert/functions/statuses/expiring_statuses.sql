begin;

drop function booking.expiring_statuses();

commit;
