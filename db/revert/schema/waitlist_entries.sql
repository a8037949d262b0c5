begin;

drop table booking.waitlist_entries;

commit;
