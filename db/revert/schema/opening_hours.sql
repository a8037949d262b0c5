begin;

drop view api.opening_exceptions;
drop table booking.opening_exceptions;
drop view api.opening_hours;
drop table booking.opening_hours;

commit;
