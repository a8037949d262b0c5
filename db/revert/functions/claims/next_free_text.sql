begin;

drop function booking.next_free_text(timestamptz, text, timestamptz);

commit;
