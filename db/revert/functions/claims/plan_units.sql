begin;

drop function booking.plan_units(booking.resources, tstzrange, integer, integer, uuid[]);

commit;
