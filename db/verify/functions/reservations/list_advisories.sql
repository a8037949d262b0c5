begin;

select 'booking.list_advisories(booking.assessment)'::regprocedure;

rollback;
