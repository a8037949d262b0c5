begin;

drop function booking.make_secret();

commit;
