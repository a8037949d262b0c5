begin;

drop function booking.flag_module_rows(booking.modules, uuid, text[], text);

commit;
