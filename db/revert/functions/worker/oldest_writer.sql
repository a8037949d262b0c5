begin;

drop function booking.oldest_writer();

commit;
