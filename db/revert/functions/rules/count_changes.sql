begin;

drop function booking.count_changes(booking.assessment, text, tstzrange);

commit;
