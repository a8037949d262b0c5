begin;

drop function booking.counting_statuses();

commit;
