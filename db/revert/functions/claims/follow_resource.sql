begin;

drop trigger _500_follow_resource on booking.resources;
drop function booking.follow_resource();

commit;
