begin;

drop trigger _200_follow_kind_on_update on booking.resources;
drop trigger _200_follow_kind_on_insert on booking.resources;
drop function booking.follow_kind();

commit;
