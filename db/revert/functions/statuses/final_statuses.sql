begin;

drop function booking.final_statuses();

commit;
