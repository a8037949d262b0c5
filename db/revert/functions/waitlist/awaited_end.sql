begin;

drop function booking.awaited_end(booking.waitlist_entries, timestamptz, text);

commit;
