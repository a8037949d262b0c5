begin;

drop function booking.may_give_way(booking.resources, tstzrange, integer);

commit;
