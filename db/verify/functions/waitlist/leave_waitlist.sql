begin;

select 'api.leave_waitlist(uuid, text)'::regprocedure;

rollback;
