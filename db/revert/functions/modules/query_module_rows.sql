begin;

drop function booking.query_module_rows(jsonb, text);

commit;
