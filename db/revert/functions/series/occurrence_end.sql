begin;

drop function booking.occurrence_end(booking.series, timestamp, timestamptz);

commit;
