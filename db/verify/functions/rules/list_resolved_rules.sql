begin;

select 'booking.list_resolved_rules(uuid, text, uuid)'::regprocedure;

rollback;
