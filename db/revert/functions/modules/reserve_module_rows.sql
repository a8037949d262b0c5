begin;

drop function booking.reserve_module_rows(regclass, boolean);

commit;
