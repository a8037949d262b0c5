begin;

drop view api.waitlist_entries;

commit;
