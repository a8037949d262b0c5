begin;

drop function booking.refuse_past(booking.resources, timestamptz);

commit;
