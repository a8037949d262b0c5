begin;

drop function booking.count_waiting();

commit;
