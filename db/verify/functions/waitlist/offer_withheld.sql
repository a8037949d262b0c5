begin;

select 'booking.offer_withheld(boolean)'::regprocedure;

rollback;
