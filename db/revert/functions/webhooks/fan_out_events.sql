begin;

drop function booking.fan_out_events(integer);

commit;
