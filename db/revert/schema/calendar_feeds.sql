begin;

drop view api.calendar_feeds;
drop table booking.calendar_feeds;

commit;
