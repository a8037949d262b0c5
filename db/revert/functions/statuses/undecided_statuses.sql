begin;

drop function booking.undecided_statuses();

commit;
