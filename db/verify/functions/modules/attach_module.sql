begin;

select 'booking.attach_module(text, regclass, jsonb)'::regprocedure;

rollback;
