begin;

drop view api.calendar;

commit;
