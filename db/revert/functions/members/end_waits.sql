begin;

drop trigger _500_end_waits on booking.members;
drop function booking.end_waits();

commit;
