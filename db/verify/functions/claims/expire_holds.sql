begin;

select 'booking.expire_holds(booking.resources)'::regprocedure;

rollback;
