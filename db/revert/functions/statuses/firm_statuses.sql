begin;

drop function booking.firm_statuses();

commit;
