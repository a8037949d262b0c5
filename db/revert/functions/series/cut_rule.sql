begin;

drop function booking.cut_rule(booking.series, timestamptz, text);

commit;
