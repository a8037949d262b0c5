begin;

select 'booking.check_request()'::regprocedure;

rollback;
