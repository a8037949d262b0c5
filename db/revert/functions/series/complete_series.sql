begin;

drop trigger _100_complete_series on booking.series;
drop function booking.complete_series();

commit;
