begin;

drop function booking.follow_module_rows(booking.modules, booking.module_row[], booking.module_row[]);

commit;
