begin;

drop function booking.check_module_columns(regclass, jsonb);

commit;
