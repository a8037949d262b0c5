begin;

drop function booking.is_short_list(text[], integer, integer);

commit;
