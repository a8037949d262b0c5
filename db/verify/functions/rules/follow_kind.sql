begin;

select 'booking.follow_kind()'::regprocedure;

rollback;
