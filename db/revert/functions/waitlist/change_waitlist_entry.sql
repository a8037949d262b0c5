begin;

drop function booking.change_waitlist_entry(text, uuid, text);

commit;
