begin;

drop function booking.attach_module(text, regclass, jsonb, boolean);

commit;
