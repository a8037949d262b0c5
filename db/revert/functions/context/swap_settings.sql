begin;

drop function booking.swap_settings(jsonb);

commit;
