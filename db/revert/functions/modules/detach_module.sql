begin;

drop function booking.detach_module(text, regclass);

commit;
