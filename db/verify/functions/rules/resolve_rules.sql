begin;

select 'booking.resolve_rules(uuid, text, uuid)'::regprocedure;

rollback;
