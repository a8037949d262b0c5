begin;

select 'booking.withhold_offers()'::regprocedure;

rollback;
