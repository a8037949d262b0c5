begin;

select 'booking.detach_module(text, regclass)'::regprocedure;

rollback;
