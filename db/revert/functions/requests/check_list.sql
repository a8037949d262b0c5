begin;

drop function booking.check_list(text, anyarray, integer, integer);

commit;
