begin;

drop function booking.is_usual_day(date, text);

commit;
