begin;

drop function booking.cursor_position(text);

commit;
