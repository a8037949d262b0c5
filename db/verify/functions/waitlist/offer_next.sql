begin;

select 'booking.offer_next(booking.resources)'::regprocedure;

rollback;
