begin;

drop function booking.span_end(timestamptz, interval, text);

commit;
