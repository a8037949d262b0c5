begin;

drop type booking.recurrence;
drop type booking.recurrence_day;

commit;
