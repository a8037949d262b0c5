begin;

drop function booking.follow_module();

commit;
