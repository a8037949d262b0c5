begin;

select 'booking.find_rules(booking.resources)'::regprocedure;

rollback;
