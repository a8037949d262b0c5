begin;

select 'booking.offer_time(booking.resources)'::regprocedure;

rollback;
