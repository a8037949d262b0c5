begin;

select 'booking.may_give_way(booking.resources, tstzrange, integer)'::regprocedure;

rollback;
