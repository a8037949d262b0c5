begin;

drop function booking.kept_months(interval);

commit;
