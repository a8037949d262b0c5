begin;

drop function booking.refuse_hold(booking.resources, timestamptz, timestamptz);

commit;
