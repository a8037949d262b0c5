begin;

drop function booking.change_series(text, uuid, text, uuid, text, integer, boolean);

commit;
