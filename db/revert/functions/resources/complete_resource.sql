begin;

drop trigger _100_complete_resource on booking.resources;
drop function booking.complete_resource();

commit;
