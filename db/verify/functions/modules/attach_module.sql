begin;

select 'booking.attach_module(text, regclass, jsonb, boolean)'::regprocedure;

rollback;
