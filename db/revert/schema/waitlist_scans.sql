begin;

drop table booking.waitlist_scans;

commit;
